#include "adapters/wechat/event_table.hpp"

#include "adapters/fields.hpp"

namespace yizhan::adapters::wechat {
namespace {

using namespace fields;

/// A text, or the tap on an option of a menu we sent: then `bizmsgmenuid` names the option.
void read_text(const document& sent, event& into) {
    read_content(sent, into);
    const std::string_view option = sent.word("bizmsgmenuid");
    if (option.empty()) return;
    into.type = "message.menu_reply";
    into.event_key = option;
}

/// Following through a QR code with a scene: the key is `qrscene_` and the scene. Only that prefix is cut.
void read_follower(const document& sent, event& into) {
    constexpr std::string_view prefix = "qrscene_";
    into.event_key = sent.word("EventKey");
    into.ticket = sent.word("Ticket");
    if (into.event_key.starts_with(prefix)) into.scene = into.event_key.substr(prefix.size());
}

void read_scene(const document& sent, event& into) {
    into.event_key = into.scene = sent.word("EventKey");
    into.ticket = sent.word("Ticket");
}

void read_file(const document& sent, event& into) {
    into.media = media{.id = sent.word("FileKey"),
                       .url = {},
                       .format = {},
                       .size = sent.word("FileTotalLen"),
                       .thumb_id = {}};
    into.text = sent.word("Title");
}

void read_mini_program(const document& sent, event& into) {
    into.link = link{sent.word("Title"), {}, sent.word("PagePath")};
    into.media = media{.id = {},
                       .url = sent.word("ThumbUrl"),
                       .format = {},
                       .size = {},
                       .thumb_id = sent.word("ThumbMediaId")};
}

void read_entry(const document& sent, event& into) { into.state = sent.word("SessionFrom"); }

/// A store's customer: what was said stands in an object that is called like its type.
void read_store_message(const document& sent, event& into) {
    const std::string_view type = sent.word("msg_type");
    const std::string_view happened = sent.word("msg_event");
    if (!happened.empty() && happened != "EVENT_TYPE_SEND_MSG") return;  // Done to a message.
    into.platform_id = sent.word("msg_id");
    struct kind {
        std::string_view theirs, ours;
    };
    constexpr kind kinds[] = {
        {"text",          "message.text"   },
        {"image",         "message.image"  },
        {"video",         "message.video"  },
        {"voice",         "message.voice"  },
        {"file",          "message.file"   },
        {"product_share", "message.product"},
        {"order_share",   "message.order"  }
    };
    for (const kind& each : kinds)
        if (each.theirs == type) into.type = each.ours;
    into.text = sent.text({type, "content"});
    into.event_key = sent.word({type, type == "order_share" ? "order_id" : "product_id"});
    const std::string_view url = sent.word({type, "cos_url"}), id = sent.word({type, "media_id"});
    if (!url.empty() || !id.empty())
        into.media = media{.id = id, .url = url, .format = {}, .size = {}, .thumb_id = {}};
}

/// Whether a template message arrived: `success`, or `failed:user block` and the like.
void read_template_result(const document& sent, event& into) {
    into.platform_id = sent.word("MsgID");
    if (!sent.word("Status").starts_with("success")) into.type = "delivery.failed";
}

/// `send success` (once written without its blank), `send fail`, `err(20001)` …
void read_broadcast_result(const document& sent, event& into) {
    into.platform_id = sent.word("MsgID");
    const std::string_view status = sent.word("Status");
    if (status != "send success" && status != "sendsuccess") into.type = "delivery.failed";
}

/// The list of a subscription event: inside an element of the event's name in XML, at the top in JSON; a lone
/// object there is a list of one.
const document::node* subscription_list(const document& sent) {
    for (const std::string_view name :
         {"SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent"})
        if (const document::node* found = sent.find({name, "List"})) return found;
    return sent.find("List");
}

/// Consent to template messages, template by template: accepting any is consent.
void read_consent(const document& sent, event& into) {
    bool is_given = false;
    const auto look_at = [&](const document::node& each) {
        const bool accepts = sent.word_in(each, {"SubscribeStatusString"}) == "accept";
        if (into.event_key.empty() || (accepts && !is_given)) into.event_key = sent.word_in(each, {"TemplateId"});
        is_given |= accepts;
    };
    if (const document::node* list = subscription_list(sent)) {
        for (const document::node* each : sent.items(*list)) look_at(*each);
        // In XML the element repeats without a wrapper.
        for (const document::node* next : sent.same_named_after(*list)) look_at(*next);
    }
    if (!is_given) into.type = "consent.refused";
}

void read_notice_result(const document& sent, event& into) {
    const document::node* list = subscription_list(sent);
    if (!list) return;
    const auto all = sent.items(*list);
    if (all.empty()) return;
    into.platform_id = sent.word_in(*all.front(), {"MsgID"});
    into.event_key = sent.word_in(*all.front(), {"TemplateId"});
    const std::string_view error = sent.word_in(*all.front(), {"ErrorCode"});
    if (!error.empty() && error != "0") into.type = "delivery.failed";
}

/// The sender is the platform's push account here; the person is inside, or unknown ("授权用户信息变更").
void read_inner_person(const document& sent, event& into) {
    into.from.id = {};
    for (const std::string_view name : {"OpenID", "openid", "OpenId"})
        if (const std::string_view id = sent.word(name); !id.empty()) into.from.id = id;
}

void read_guide_scan(const document& sent, event& into) {
    into.from.id = sent.word({"GuideScanEvent", "openid"});
    into.scene = sent.word({"GuideScanEvent", "qrcode_info"});
}

void read_complaint(const document& sent, event& into) {
    into.from.id = sent.word({"BussiCallBackInfo", "open_id"});
    if (into.from.id.empty()) into.from.id = sent.word("open_id");
    into.event_key = sent.word({"BussiCallBackInfo", "complaint_order_id"});
    if (into.event_key.empty()) into.event_key = sent.word("complaint_order_id");
}

void read_live_follower(const document& sent, event& into) {
    into.from.id = sent.word({"FollowNotify", "user_openid"});
    into.event_key = sent.word({"FollowNotify", "room_id"});
}

void read_review(const document& sent, event& into) {
    into.platform_id = sent.word({"result", "comment_id"});
}

constexpr reader text_or_menu_choice{read_text, "text event_key"};
constexpr reader follower{read_follower, "event_key ticket scene"};
constexpr reader scene{read_scene, "event_key ticket scene"};
constexpr reader file{read_file, "media text"};
constexpr reader mini_program{read_mini_program, "link media"};
constexpr reader entry{read_entry, "state"};
constexpr reader store_message{read_store_message, "text media event_key"};
constexpr reader template_result{read_template_result, ""};
constexpr reader broadcast_result{read_broadcast_result, ""};
constexpr reader consent{read_consent, "event_key"};
constexpr reader notice_result{read_notice_result, "event_key"};
constexpr reader inner_person{read_inner_person, ""};
constexpr reader guide_scan{read_guide_scan, "scene"};
constexpr reader complaint{read_complaint, "event_key"};
constexpr reader live_follower{read_live_follower, "event_key"};
constexpr reader review{read_review, ""};

constexpr shown none = shown::nothing, replies = shown::replies;

// clang-format off
constexpr row rows[] = {
    // Messages ("接收普通消息")
    message("text",            "message.text",         text_or_menu_choice, "文本消息",   "Content bizmsgmenuid", "message.menu_reply"),
    message("image",           "message.image",        picture,             "图片消息",   "PicUrl MediaId"),
    message("voice",           "message.voice",        voice,               "语音消息",   "MediaId Format MediaId16K Recognition"),
    message("video",           "message.video",        video,               "视频消息",   "MediaId ThumbMediaId"),
    message("shortvideo",      "message.video",        video,               "小视频消息", "MediaId ThumbMediaId"),
    message("location",        "message.location",     place,               "地理位置消息", "Location_X Location_Y Scale Label"),
    message("link",            "message.link",         shared_link,         "链接消息",   "Title Description Url"),
    message("file",            "message.file",         file,                "文件消息",   "Title Description FileKey FileMd5 FileTotalLen"),
    message("miniprogrampage", "message.mini_program", mini_program,        "小程序卡片消息", "Title AppId PagePath ThumbUrl ThumbMediaId"),
    {"device_text",   "", "message.device", nothing, none, by::person, "设备消息", "DeviceType DeviceID SessionID Content OpenID"},
    {"device_event",  "", "message.device", nothing, none, by::person, "设备绑定", "DeviceType DeviceID SessionID Content OpenID OpType"},
    {"device_status", "", "message.device", nothing, none, by::person, "设备状态", "DeviceType DeviceID OpType DeviceStatus OpenID"},
    {"hardware",      "", "message.device", nothing, none, by::person, "硬件消息", "HardWare{MessageView MessageAction}"},

    // Followers and menus ("接收事件推送", "自定义菜单事件推送")
    act("subscribe",          "contact.followed",   follower,       replies, "关注",         "EventKey Ticket"),
    act("unsubscribe",        "contact.unfollowed", key,            none,    "取消关注",     "EventKey"),
    act("SCAN",               "contact.scanned",    scene,          replies, "扫描带参数二维码", "EventKey Ticket"),
    act("LOCATION",           "contact.located",    reported_place, replies, "上报地理位置", "Latitude Longitude Precision"),
    act("ENTER",              "contact.entered",    nothing,        none,    "进入会话",     ""),
    act("CLICK",              "menu.clicked",       key,            replies, "点击菜单",     "EventKey"),
    act("VIEW",               "menu.viewed",        key,            none,    "点击菜单跳转链接", "EventKey MenuId"),
    act("view_miniprogram",   "menu.viewed",        key,            none,    "点击菜单跳转小程序", "EventKey MenuId"),
    act("scancode_push",      "menu.scanned",       scanned_code,   none,    "扫码推事件",   "EventKey ScanCodeInfo{ScanType ScanResult}"),
    act("scancode_waitmsg",   "menu.scanned",       scanned_code,   replies, "扫码等待回复", "EventKey ScanCodeInfo{ScanType ScanResult}"),
    act("pic_sysphoto",       "menu.pictured",      key,            none,    "系统拍照发图", "EventKey SendPicsInfo{Count PicList{item*{PicMd5Sum}}}"),
    act("pic_photo_or_album", "menu.pictured",      key,            none,    "拍照或相册发图", "EventKey SendPicsInfo{Count PicList{item*{PicMd5Sum}}}"),
    act("pic_weixin",         "menu.pictured",      key,            none,    "微信相册发图", "EventKey SendPicsInfo{Count PicList{item*{PicMd5Sum}}}"),
    act("location_select",    "menu.located",       picked_place,   none,    "地理位置选择", "EventKey SendLocationInfo{Location_X Location_Y Scale Label Poiname}"),

    // The platform's own desk, and the ways into a conversation ("客服消息")
    act("kf_create_session",  "session.opened",      nothing, none, "客服接入会话", "KfAccount"),
    act("kf_close_session",   "session.closed",      nothing, none, "客服关闭会话", "KfAccount CloseType"),
    act("kf_switch_session",  "session.transferred", nothing, none, "客服转接会话", "FromKfAccount ToKfAccount"),
    act("user_enter_tempsession", "contact.entered", entry,   none, "进入客服会话", "SessionFrom"),
    act("commkf_send_msg_to_kf",  "message.other",   store_message, none, "小店客服消息",
        "msg_id msg_type msg_event text{content} image video voice file product_share order_share",
        "message.text message.image message.voice message.video message.file message.product message.order"),

    // What became of what was sent ("模板消息", "群发", "发布能力", "订阅通知")
    act("TEMPLATESENDJOBFINISH", "delivery.sent", template_result, none, "模板消息送达结果", "MsgID Status", "delivery.failed"),
    notice("MASSSENDJOBFINISH",  "delivery.sent", broadcast_result, "群发结果",
           "MsgID Status TotalCount FilterCount SentCount ErrorCount CopyrightCheckResult{Count ResultList{item*{ArticleIdx UserDeclareState AuditState OriginalArticleUrl OriginalArticleType CanReprint NeedReplaceContent NeedShowReprintSource}} CheckState} ArticleUrlResult{Count ResultList{item*{ArticleIdx ArticleUrl}}}", "delivery.failed"),
    notice("PUBLISHJOBFINISH",     "content.published", nothing, "发布结果", "PublishEventInfo{publish_id publish_status article_id article_detail{count item*{idx article_url}} fail_idx*}"),
    notice("FREEPUBLISHJOBFINISH", "content.published", nothing, "发布结果", "PublishEventInfo{publish_id publish_status article_id article_detail{count item*{idx article_url}} fail_idx*}"),
    act("subscribe_msg_popup_event",  "consent.given", consent, none, "订阅通知弹窗", "SubscribeMsgPopupEvent{List*{TemplateId SubscribeStatusString PopupScene}} List*{TemplateId SubscribeStatusString PopupScene}", "consent.refused"),
    act("subscribe_msg_change_event", "consent.given", consent, none, "订阅通知管理", "SubscribeMsgChangeEvent{List*{TemplateId SubscribeStatusString}} List*{TemplateId SubscribeStatusString}", "consent.refused"),
    act("subscribe_msg_sent_event",   "delivery.sent", notice_result, none, "订阅通知发送结果", "SubscribeMsgSentEvent{List{TemplateId MsgID ErrorCode ErrorStatus}} List{TemplateId MsgID ErrorCode ErrorStatus}", "delivery.failed"),

    // Privacy ("授权用户信息变更"); the person is `OpenID`
    act("user_info_modified",              "contact.updated",   inner_person, none, "用户资料变更", "OpenID UnionID AppID RevokeInfo openid appid"),
    act("user_authorization_revoke",       "contact.revoked",   inner_person, none, "用户撤回授权", "OpenID UnionID AppID RevokeInfo PluginID OpenPID"),
    act("user_authorization_cancellation", "contact.cancelled", inner_person, none, "用户注销",     "OpenID UnionID AppID RevokeInfo PluginID OpenPID"),

    // Verification of the account ("微信认证事件推送")
    notice("qualification_verify_success", "account.verified",  nothing, "资质认证成功", "ExpiredTime"),
    notice("qualification_verify_fail",    "account.refused",   nothing, "资质认证失败", "FailTime FailReason"),
    notice("naming_verify_success",        "account.verified",  nothing, "名称认证成功", "ExpiredTime"),
    notice("naming_verify_fail",           "account.refused",   nothing, "名称认证失败", "FailTime FailReason"),
    notice("annual_renew",                 "account.expiring",  nothing, "年审通知",     "ExpiredTime"),
    notice("verify_expired",               "account.expired",   nothing, "认证过期失效", "ExpiredTime"),
    notice("wx_verify_pay_succ",           "account.verifying", nothing, "认证支付成功", "OrderId"),
    notice("wx_verify_dispatch",           "account.verifying", nothing, "认证派单",     "Provider Contact DispatchTime"),
    notice("wx_verify_refill",             "account.verifying", nothing, "认证资料重填", "RefillTime RefillReason"),

    // Shopping guides, places, beacons, scanned products: mostly retired
    act("guide_qrcode_scan_event",         "contact.scanned",   guide_scan, none, "扫描顾问二维码", "GuideScanEvent{qrcode_guide_account qrcode_guide_openid openid action qrcode_info}"),
    notice("guide_invite_result_event",      "directory.updated", nothing, "顾问邀请结果", ""),
    notice("add_guide_buyer_relation_event", "contact.updated",   nothing, "顾问分配客户", ""),
    notice("poi_check_notify",               "account.audited",   nothing, "门店审核",   "UniqId PoiId Result Msg msg"),
    act("WifiConnected",                   "contact.connected", nothing, none, "Wi-Fi连网成功", "ConnectTime ExpireTime VendorId PlaceId DeviceNo"),
    act("ShakearoundUserShake",            "contact.connected", nothing, none, "摇一摇周边", "ChosenBeacon{Uuid Major Minor Distance} AroundBeacons{AroundBeacon*{Uuid Major Minor Distance}}"),
    act("user_scan_product",               "product.scanned",   nothing, none, "扫商品条码打开", "KeyStandard KeyStr Country Province City Sex Scene ExtInfo"),
    act("user_scan_product_enter_session", "contact.entered",   nothing, none, "从商品主页进入公众号", "KeyStandard KeyStr ExtInfo"),
    act("user_scan_product_async",         "product.scanned",   nothing, none, "扫商品条码地理位置", "KeyStandard KeyStr ExtInfo RegionCode"),
    notice("user_scan_product_verify_action", "product.audited", nothing, "商品主页审核", "KeyStandard KeyStr Result ReasonMsg"),
    act("subscribe_scan_product",          "contact.followed",  key,     none, "从商品主页关注", "EventKey KeyStandard KeyStr ExtInfo"),

    // Cards, coupons and invoices ("微信卡券")
    notice("card_pass_check",             "card.approved", nothing, "卡券审核通过", "CardId"),
    notice("card_not_pass_check",         "card.refused",  nothing, "卡券审核不通过", "CardId RefuseReason"),
    notice("card_merchant_check_result",  "account.audited", nothing, "子商户审核", "MerchantId IsPass Reason"),
    act("user_get_card",                "card.received", nothing, none, "领取卡券", "CardId IsGiveByFriend UserCardCode FriendUserName OldUserCardCode OuterId OuterStr IsRestoreMemberCard IsRecommendByFriend UnionId"),
    act("user_gifting_card",            "card.gifted",   nothing, none, "转赠卡券", "CardId UserCardCode FriendUserName IsReturnBack IsChatRoom"),
    act("user_del_card",                "card.deleted",  nothing, none, "删除卡券", "CardId UserCardCode"),
    act("user_consume_card",            "card.used",     nothing, none, "核销卡券", "CardId UserCardCode ConsumeSource LocationId LocationName StaffOpenId VerifyCode RemarkAmount OuterStr"),
    act("user_pay_from_pay_cell",       "card.paid",     nothing, none, "微信买单", "CardId UserCardCode TransId LocationId LocationName Fee OriginalFee"),
    act("user_view_card",               "card.viewed",   nothing, none, "进入会员卡", "CardId UserCardCode OuterStr"),
    act("user_enter_session_from_card", "contact.entered", nothing, none, "从卡券进入公众号会话", "CardId UserCardCode"),
    act("update_member_card",           "card.updated",  nothing, none, "会员卡内容更新", "CardId UserCardCode ModifyBonus ModifyBalance"),
    act("submit_membercard_user_info",  "card.activated", nothing, none, "会员卡激活", "CardId UserCardCode"),
    notice("card_sku_remind",             "card.stock_low", nothing, "卡券库存报警", "CardId Detail"),
    notice("card_pay_order",              "card.charged",  nothing, "券点流水", "OrderId Status CreateOrderTime PayFinishTime Desc FreeCoinCount PayCoinCount RefundFreeCoinCount RefundPayCoinCount OrderType Memo ReceiptInfo"),
    act("giftcard_pay_done",            "card.paid",     nothing, none, "购买礼品卡", "PageId OrderId"),
    act("giftcard_send_to_friend",      "card.gifted",   nothing, none, "赠送礼品卡", "PageId OrderId IsChatRoom IsReturnBack"),
    act("giftcard_user_accept",         "card.received", nothing, none, "领取礼品卡", "PageId OrderId IsChatRoom"),
    act("user_authorize_invoice",       "invoice.authorized", nothing, none, "开票授权", "SuccOrderId FailOrderId AppId AuthorizeAppId Source source"),
    act("update_invoice_status",        "invoice.updated", nothing, none, "发票状态更新", "CardId Code Status"),
    act("submit_invoice_title",         "invoice.titled", nothing, none, "提交发票抬头", "title tax_no addr phone bank_type bank_no attach title_type"),
    notice("cloud_invoice_invoiceresult_event", "invoice.issued", nothing, "极速开发票结果", "fpqqlsh status nsrsbh"),
    act("merchant_order",               "order.paid",    nothing, none, "微信小店订单付款", "OrderId OrderStatus ProductId SkuInfo"),

    // Mini programs
    notice("wxa_media_check",      "content.checked",  nothing, "多媒体内容安全识别", "appid trace_id version detail*{strategy errcode suggest label prob} errcode errmsg result{suggest label} isrisky extra_info_json status_code"),
    notice("weapp_audit_success",  "account.audited",  nothing, "代码审核通过", "SuccTime"),
    notice("weapp_audit_fail",     "account.audited",  nothing, "代码审核不通过", "Reason FailTime ScreenShot"),
    notice("weapp_audit_delay",    "account.audited",  nothing, "代码审核延后", "Reason DelayTime"),
    notice("wxa_nickname_audit",   "account.audited",  nothing, "名称审核", "ret nickname reason"),
    notice("wxa_category_audit",   "account.audited",  nothing, "类目审核", "ret first second reason"),
    notice("wxa_privacy_apply",    "account.audited",  nothing, "隐私接口审核", "result_info{api_name apply_time audit_id audit_time reason status}"),
    notice("wxa_illegal_record",   "account.violated", nothing, "违规记录", "illegal_record_id appid create_time illegal_reason illegal_content rule_url rule_name"),
    notice("wxa_appeal_record",    "account.appealed", nothing, "申诉记录", "appeal_record_id appid appeal_time appeal_count appeal_from appeal_status audit_time audit_reason punish_description material*{illegal_material{content content_url} appeal_material{reason proof_material_id*}}"),
    notice("wxa_comment_bad_score", "social.reviewed", review,  "小程序差评", "result{comment_id}"),
    act("complaint_callback",      "complaint.updated", complaint, none, "交易投诉", "BussiCallBackInfo{appid option_type complaint_order_id status create_time expire_time type order_id out_trade_no phone_number open_id customer_material_content customer_material_media_id_list* pay_time total_cost product_name history*{time content media_id_list*}} appid option_type complaint_order_id status create_time expire_time type order_id out_trade_no phone_number open_id customer_material_content customer_material_media_id_list* pay_time total_cost product_name history*{time content media_id_list*}"),
    notice("trade_manage_remind_access_api", "account.reminded", nothing, "提醒接入发货信息管理", "msg"),
    notice("trade_manage_remind_shipping",   "order.shipping_due", nothing, "提醒上传发货信息", "transaction_id merchant_id sub_merchant_id merchant_trade_no pay_time msg"),
    notice("trade_manage_order_settlement",  "order.settled",    nothing, "订单结算", "transaction_id merchant_id sub_merchant_id merchant_trade_no pay_time shipped_time estimated_settlement_time confirm_receive_method confirm_receive_time settlement_time"),
    notice("add_express_path",     "order.tracked",    nothing, "运单轨迹更新", "DeliveryID WayBillId OrderId Version Count Actions*{ActionTime ActionType ActionMsg Lat Lng}"),
    act("xpay_goods_deliver_notify", "payment.received", inner_person, none, "道具发货推送", "OpenId OutTradeNo Env WeChatPayInfo{MchOrderNo TransactionId PaidTime} GoodsInfo{ProductId Quantity OrigPrice ActualPrice Attach}"),
    act("xpay_coin_pay_notify",      "payment.received", inner_person, none, "代币支付推送", "OpenId OutTradeNo Env WeChatPayInfo{MchOrderNo TransactionId PaidTime} CoinInfo{Quantity OrigPrice ActualPrice Attach}"),
    act("xpay_refund_notify",        "payment.refunded", inner_person, none, "退款推送", "OpenId MchRefundId WxRefundId MchOrderId WxOrderId WxpayRefundTransactionId RefundFee RetCode RetMsg RefundStartTimestamp RefundSuccTimestamp RetryTimes"),
    notice("xpay_apple_subscribe_signing_result_notify", "payment.signed",   nothing, "苹果订阅签约结果", ""),
    notice("xpay_subscribe_ios_refund_query_notify",     "payment.refund_asked", nothing, "苹果订阅退款询问", ""),
    notice("retail_refund_notify", "payment.refunded", nothing, "B2b门店助手退款", "appid mchid out_refund_no refund_id out_trade_no order_id refund_amount order_amount refund_from refund_reason create_time refund_time refund_status wxpay_refund_id env pay_channel refund_desc"),
    notice("charge_service_quota_notify", "account.quota", nothing, "付费服务额度", "event_type spu_id spu_name total_quota total_used_quota"),
    act("wxalive_follow_notify",     "contact.subscribed", live_follower, none, "直播间订阅", "FollowNotify{room_id user_openid time live_status action}"),
    notice("wxalive_push_message_notify", "delivery.sent", nothing, "直播消息群发结果", "PushMessageApiNotify{message_id room_id total_count success_count openid_error_count relation_error_count user_recv_limit_count internal_error_count}"),
    notice("minigame_coin_deliver_completed", "payment.received", nothing, "小游戏代币发货完成", "MiniGame{Payload PayEventSig IsMock}"),
    notice("secvod_upload_event",  "content.uploaded", nothing, "短剧媒资上传完成", "upload_event{media_id source_context errcode errmsg}"),
    notice("secvod_audit_event",   "content.checked",  nothing, "短剧审核", "audit_event{drama_id audit_detail{status audit_type create_time audit_time}}"),
    notice("secbook_audit_event",  "content.checked",  nothing, "小说审核", "audit_event{book_id audit_detail{status audit_type create_time audit_time}}"),
    notice("create_map_poi_audit_info",   "account.audited", nothing, "腾讯地图地点审核", "audit_id status reason poi_id poiid map_poi_id name address latitude longitude sh_remark is_upgrade"),
    notice("add_nearby_poi_audit_info",   "account.audited", nothing, "附近地点审核", "audit_id status reason poi_id"),
    notice("nearby_category_audit_info",  "account.audited", nothing, "附近类目审核", "audit_id status reason"),
    notice("add_store_audit_info",        "account.audited", nothing, "创建门店审核", "audit_id status reason poi_id is_upgrade"),
    notice("modify_store_audit_info",     "account.audited", nothing, "修改门店审核", "audit_id status reason poi_id"),
    notice("apply_merchant_audit_info",   "account.audited", nothing, "门店小程序审核", "audit_id status reason"),
    notice("debug_demo",                  "account.tested",  nothing, "控制台测试推送", "debug_str"),
    notice("betaapp_verify_event",              "account.audited", nothing, "试用小程序认证", "ApplyAuthorizationInfoNoitfy{appid mp_appid status msg operation_time ticket}"),
    notice("betaapp_verify_apply_event",        "account.audited", nothing, "试用小程序认证申请", "ApplyAuthorizationInfoNoitfy{appid mp_appid status msg operation_time ticket}"),
    notice("betaapp_authorization_apply_event", "account.audited", nothing, "试用小程序授权申请", "ApplyAuthorizationInfoNoitfy{appid mp_appid status msg operation_time ticket}"),

    // Sent to courier companies
    notice("add_waybill",                "logistics.requested", nothing, "下单", ""),
    notice("cancel_waybill",             "logistics.requested", nothing, "取消下单", ""),
    notice("check_biz",                  "logistics.requested", nothing, "审核商户", ""),
    notice("get_quota",                  "logistics.requested", nothing, "查询商户余额", ""),
    notice("update_business_bind_result", "logistics.requested", nothing, "绑定结果更新", ""),
    notice("add_single_waybill",         "logistics.requested", nothing, "散单下单", ""),
    notice("cancel_single_waybill",      "logistics.requested", nothing, "散单取消", ""),
    notice("query_single_waybill",       "logistics.requested", nothing, "散单查询", ""),
    notice("query_single_waybill_fee",   "logistics.requested", nothing, "散单费用查询", ""),
    notice("notify_single_waybill_pay",  "logistics.requested", nothing, "散单支付", ""),
    notice("remind_waybill",             "logistics.requested", nothing, "催单", ""),
    notice("waybill_complaint",          "logistics.requested", nothing, "投诉", ""),
    notice("waybill_evaluate_agent",     "logistics.requested", nothing, "评价快递员", ""),
    notice("waybill_query_expect_time_range", "logistics.requested", nothing, "查询预约时间", ""),
    notice("update_waybill_status",      "logistics.updated",   nothing, "运单状态更新", ""),

    notice("transport_*",                "logistics.requested", nothing, "即时配送", ""),

    // The custom trading component ("自定义交易组件"), being retired
    notice("open_product_spu_audit",         "product.audited", nothing, "商品审核", "OpenProductSpuAudit{out_product_id product_id status reject_reason}"),
    notice("open_product_spu_status_update", "product.updated", nothing, "商品状态更新", "OpenProductSpuStatusUpdate{out_product_id product_id status reject_reason}"),
    notice("open_product_category_audit",    "account.audited", nothing, "类目审核", "QualificationAuditResult{audit_id status audit_type reject_reason brand_id}"),
    notice("open_product_brand_audit",       "account.audited", nothing, "品牌审核", "QualificationAuditResult{audit_id status audit_type reject_reason brand_id}"),
    notice("open_product_account_register",  "account.audited", nothing, "交易组件开通", "OpenProductAccountRegister{status}"),
    notice("open_product_scene_group_audit", "account.audited", nothing, "场景审核", "SceneGroupAudit{group_id name reason scene_group_ext_list*{ext_id status name}}"),
    notice("open_product_order_pay",         "order.paid",      nothing, "订单支付", "order_info{out_order_id order_id transaction_id pay_time amount sp_openid}"),
    notice("open_product_order_cancel",      "order.cancelled", nothing, "订单取消", "order_info{out_order_id order_id}"),
    notice("open_product_order_confirm",     "order.received",  nothing, "确认收货", "order_info{out_order_id order_id}"),
    notice("open_product_order_refund",      "order.refunded",  nothing, "订单退款", "order_info{out_order_id order_id}"),
    notice("open_product_order_settle",      "order.settled",   nothing, "订单结算", "order_info{out_order_id order_id}"),
    notice("open_product_order_analyze",     "order.updated",   nothing, "订单分析", "order_info{out_order_id order_id}"),
    notice("open_product_receive_coupon",    "coupon.received", nothing, "领取优惠券", "out_coupon_id request_id"),
    notice("aftersale_new_order",            "aftersale.opened",    nothing, "售后单创建", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_update_order",         "aftersale.updated",   nothing, "售后单更新", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_refund_success",       "aftersale.refunded",  nothing, "售后退款成功", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_user_cancel",          "aftersale.cancelled", nothing, "用户取消售后", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_user_modify_return_info", "aftersale.updated", nothing, "用户修改退货信息", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_wait_merchant_confirm_receipt", "aftersale.updated", nothing, "待商家确认收货", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_wait_merchant_offline_refund",  "aftersale.updated", nothing, "待商家线下退款", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_user_confirm_refund_certificate", "aftersale.updated", nothing, "用户确认退款凭证", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_complaint_update_order_state",  "aftersale.updated", nothing, "纠纷单状态更新", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("aftersale_*_overdue",            "aftersale.updated", nothing, "售后超时", "aftersale_info{aftersale_id out_aftersale_id}"),
    notice("complaint_notify",               "complaint.updated", nothing, "纠纷通知", "complaint_info{complaint_order_id state event}"),
    notice("withdraw_notify",                "payment.withdrawn", nothing, "提现结果", ""),
    notice("funds_order_pay",                "payment.received",  nothing, "资金订单支付", ""),
    notice("funds_order_refund",             "payment.refunded",  nothing, "资金订单退款", ""),
    notice("funds_order_profitsharing",      "payment.shared",    nothing, "资金订单分账", ""),
    notice("miniprogram_sharer_bind_status_change", "directory.updated", nothing, "分享员绑定", ""),
    notice("miniprogram_sharer_action",      "directory.updated", nothing, "分享员动作", ""),

    // Stores ("微信小店")
    notice("channels_ec_order_new",              "order.created",   nothing, "订单下单", "order_info{order_id}"),
    notice("channels_ec_order_cancel",           "order.cancelled", nothing, "订单取消", "order_info{order_id cancel_type}"),
    notice("channels_ec_order_pay",              "order.paid",      nothing, "订单支付成功", "order_info{order_id pay_time}"),
    notice("channels_ec_order_wait_shipping",    "order.shipping_due", nothing, "订单待发货", "order_info{order_id}"),
    notice("channels_ec_order_deliver",          "order.shipped",   nothing, "订单发货", "order_info{order_id finish_delivery}"),
    notice("channels_ec_order_confirm",          "order.received",  nothing, "订单确认收货", "order_info{order_id confirm_type}"),
    notice("channels_ec_order_settle",           "order.settled",   nothing, "订单结算成功", "order_info{order_id settle_time}"),
    notice("channels_ec_order_ext_info_update",  "order.updated",   nothing, "订单其他信息更新", "order_info{order_id type}"),
    notice("product_order_status_update",        "order.updated",   nothing, "订单状态更新", "ProductOrderStatusUpdate{order_id status}"),
    notice("channels_ec_aftersale_update",         "aftersale.updated", nothing, "售后单更新", "finder_shop_aftersale_status_update{status after_sale_order_id order_id wxa_vip_discounted_price}"),
    notice("channels_ec_present_aftersale_update", "aftersale.updated", nothing, "礼物售后单更新", "finder_shop_present_aftersale_status_update{status after_sale_order_id order_id}"),
    notice("channels_ec_guarantee_update",         "aftersale.updated", nothing, "保障单更新", "finder_shop_guarantee_status_update{status guarantee_order_id order_id}"),
    notice("channels_ec_complaint_update",         "complaint.updated", nothing, "纠纷更新", "finder_shop_complaint{complaint_id after_sale_order_id order_id complaint_status status}"),
    notice("channels_ec_coupon_receive",         "coupon.received", nothing, "用户领券", "receive_info{coupon_id user_coupon_id receive_time}"),
    notice("channels_ec_coupon_create",          "coupon.created",  nothing, "创建优惠券", "coupon_info{coupon_id create_time}"),
    notice("channels_ec_coupon_delete",          "coupon.deleted",  nothing, "删除优惠券", "coupon_info{coupon_id delete_time}"),
    notice("channels_ec_coupon_expire",          "coupon.expired",  nothing, "优惠券过期", "coupon_info{coupon_id expire_time}"),
    notice("channels_ec_coupon_invalid",         "coupon.invalidated", nothing, "作废优惠券", "coupon_info{coupon_id invalid_time}"),
    notice("channels_ec_coupon_info_change",     "coupon.updated",  nothing, "优惠券信息变更", "coupon_info{coupon_id change_time}"),
    notice("channels_ec_user_coupon_use",        "coupon.used",     nothing, "用户券使用", "user_info{coupon_id user_coupon_id use_time} user_coupon_info{coupon_id user_coupon_id use_time}"),
    notice("channels_ec_user_coupon_unuse",      "coupon.returned", nothing, "用户券返还", "user_info{coupon_id user_coupon_id unuse_time} user_coupon_info{coupon_id user_coupon_id unuse_time}"),
    notice("channels_ec_user_coupon_expire",     "coupon.expired",  nothing, "用户券过期", "user_info{coupon_id user_coupon_id expire_time} user_coupon_info{coupon_id user_coupon_id expire_time}"),
    notice("channels_ec_voucher_send_succ",      "coupon.received", nothing, "卡券发放成功", "voucher_list*{code order_id openid product_id sku_id status telphone_no start_time end_time}"),
    notice("channels_ec_vip_join",               "member.joined",   nothing, "会员入会", "user_info{phone_number join_time grade experience_value score}"),
    notice("channels_ec_vip_close",              "member.left",     nothing, "会员退会", "user_info{phone_number close_time}"),
    notice("channels_ec_vip_grade_info_update",  "member.updated",  nothing, "会员等级更新", "user_info{phone_number grade experience_value}"),
    notice("channels_ec_vip_score_update",       "member.updated",  nothing, "会员积分更新", "user_info{phone_number score delta_score}"),
    notice("channels_ec_vip_score_exchange",     "member.exchanged", nothing, "会员积分兑换", "exchange_info{pay_score score_item_type coupon_info{related_coupon_id} product_info{related_product_id}}"),
    notice("channels_ec_vip_user_auto_add",      "member.joined",   nothing, "会员自动入会", "info{shop_appid outer_userid identity add_time}"),
    notice("channels_ec_vip_user_info_get",      "member.asked",    nothing, "获取会员信息", "info{shop_appid}"),
    notice("channels_ec_sharer_change",          "directory.updated", nothing, "分享员变更", "bind_status openid sharer_type"),
    notice("channels_ec_brand",                  "account.audited", nothing, "品牌资质审核", "BrandEvent{brand_id audit_id status reason}"),
    notice("product_spu_audit",                  "product.audited", nothing, "商品审核", "ProductSpuAudit{product_id status reason audit_info}"),
    notice("product_spu_listing",                "product.updated", nothing, "商品上下架", "ProductSpuListing{product_id status reason audit_info}"),
    notice("product_spu_update",                 "product.updated", nothing, "商品信息变更", "ProductSpuUpdate{product_id status reason audit_info}"),
    notice("product_category_audit",             "account.audited", nothing, "类目审核", "ProductCategoryAudit{audit_id status reason}"),
    notice("channels_ec_stock_no_enough",        "product.stock_low", nothing, "库存不足", "channels_ec_stock_no_enough{product_id sku_id remaining_stock_amount remaining_code_amount}"),
    notice("channels_ec_acct_notify",            "account.updated", nothing, "账户变更", "account_info{event}"),
    notice("channels_ec_withdraw_notify",        "payment.withdrawn", nothing, "提现", "withdraw_info{event withdraw_id}"),
    notice("qrcode_status",                      "account.updated", nothing, "提现二维码扫码", "qrcode_info{ticket status scan_user_type}"),
    notice("channels_ec_change_status",          "account.updated", nothing, "小店状态变更", "appid change_timestamp old_status new_status"),
    notice("channels_ec_close_store",            "account.closed",  nothing, "小店注销", "appid close_timestamp"),
    notice("set_shop_nickname",                  "account.updated", nothing, "小店名称变更", "appid old_nickname new_nickname"),
    notice("head_supplier_item_update",          "product.updated", nothing, "团长商品变更", "item_info{event_type appid product_id version update_fields*}"),
    notice("dropship_order_new",                 "order.created",   nothing, "代发单分配", "ds_order_id update_time"),
    notice("dropship_order_update",              "order.updated",   nothing, "代发单更新", "ds_order_id update_time"),
    notice("dropship_order_cancel",              "order.cancelled", nothing, "代发单取消", "ds_order_id update_time"),
    notice("ewaybill_push_path",                 "order.tracked",   nothing, "电子面单轨迹", "waybill_info{ewaybill_order_id waybill_id update_time status desc}"),
    notice("cooperation_shop_order",             "order.created",   nothing, "合作店铺订单", "Data{order_id shop_appid} EventData{order_id shop_appid}"),
    notice("related_shop_order_submission",      "order.created",   nothing, "关联店铺订单", "Data{order_id shop_appid} EventData{order_id shop_appid}"),
};

constexpr row component_rows[] = {
    info("component_verify_ticket", "account.ticket",       nothing, "验证票据", "ComponentVerifyTicket"),
    info("authorized",              "account.authorized",   nothing, "授权成功", "AuthorizerAppid AuthorizationCode AuthorizationCodeExpiredTime PreAuthCode"),
    info("updateauthorized",        "account.updated",      nothing, "更新授权", "AuthorizerAppid AuthorizationCode AuthorizationCodeExpiredTime PreAuthCode"),
    info("unauthorized",            "account.unauthorized", nothing, "取消授权", "AuthorizerAppid"),
    info("notify_third_fasteregister",       "account.registered", nothing, "快速注册小程序", "appid status auth_code msg info{name code code_type legal_persona_wechat legal_persona_name component_phone wxuser idname}"),
    info("notify_third_fastregisterbetaapp", "account.registered", nothing, "注册试用小程序", "appid status msg info{unique_id name}"),
    info("notify_third_fastverifybetaapp",   "account.verified",   nothing, "试用小程序快速认证", "appid status msg info{name code code_type legal_persona_wechat legal_persona_name component_phone}"),
    info("notify_icpfiling_verify_result",   "account.audited",    nothing, "备案人脸核身结果", "task_id verify_appid result along_with_auth_result"),
    info("notify_apply_icpfiling_result",    "account.audited",    nothing, "备案审核结果", "authorizer_appid beian_status"),
    info("notify_3rd_wxa_auth",              "account.verifying",  nothing, "小程序认证", "appid task_status apply_status taskid message dispatch_info{provider contact dispatch_time}"),
    info("notify_3rd_wxa_wxverify",          "account.expiring",   nothing, "小程序年审提醒", "appid expired message"),
    info("order_path_apply_result_notify",   "account.audited",    nothing, "订单页路径申请结果", "list*{appid ret_code}"),
    info("order_path_audit_result_notify",   "account.audited",    nothing, "订单页路径审核结果", "list*{appid audit_id status apply_time audit_time reason}"),
};
// clang-format on

}  // namespace

const table& event_table() {
    static const table made(rows);
    return made;
}

const table& component_table() {
    static const table made(component_rows);
    return made;
}

}  // namespace yizhan::adapters::wechat
