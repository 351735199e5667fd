#include "adapters/wecom/event_table.hpp"

#include "adapters/fields.hpp"

namespace yizhan::adapters::wecom {
namespace {

using namespace fields;

/// The sender is `sys`; the customer and the employee are named inside ("客户联系事件").
void read_customer(const document& sent, event& into) {
    into.from = {"external_userid", sent.word("ExternalUserID")};
    const std::string_view employee = sent.word("UserID");
    if (!employee.empty()) into.to = {"userid", employee};
    into.state = sent.word("State");
    into.welcome_code = sent.word("WelcomeCode");
}

/// Who removed whom, and how: churn, or only a transfer to a colleague.
void read_removal(const document& sent, event& into) {
    read_customer(sent, into);
    into.event_key = sent.word("ChangeType");
    into.state = sent.word("Source");
}

void read_acquired_customer(const document& sent, event& into) {
    read_customer(sent, into);
    into.event_key = sent.word("LinkId");
}

void read_link(const document& sent, event& into) {
    into.event_key = sent.word("LinkId");
    into.state = sent.word("State");
}

void read_employee(const document& sent, event& into) {
    into.from = {};
    if (const std::string_view id = sent.word("UserID"); !id.empty()) into.to = {"userid", id};
}

void read_group(const document& sent, event& into) {
    into.from = {};
    into.to = {"chat_id", sent.word("ChatId")};
}

/// WeChat Customer Service says only "look": which of its accounts, and with what token.
void read_doorbell(const document& sent, event& into) {
    into.to = {"open_kfid", sent.word("OpenKfId")};
    into.call_token = sent.word("Token");
}

void read_card_tap(const document& sent, event& into) {
    read_key(sent, into);
    into.ticket = sent.word("TaskId");
}

constexpr reader customer{read_customer, "state welcome_code"};
constexpr reader removal{read_removal, "event_key state"};
constexpr reader acquired_customer{read_acquired_customer, "state welcome_code event_key"};
constexpr reader link_of{read_link, "event_key state"};
constexpr reader employee{read_employee, ""};
constexpr reader group{read_group, ""};
constexpr reader doorbell{read_doorbell, ""};
constexpr reader card_tap{read_card_tap, "event_key ticket"};

constexpr shown none = shown::nothing, replies = shown::replies, cards = shown::card_updates;

constexpr std::string_view person_fields =
    "UserID Name Department MainDepartment IsLeaderInDept DirectLeader Position Mobile Gender Email BizMail "
    "Status Avatar "
    "Alias Telephone Address ExtAttr{Item*{Name Type Text{Value} Web{Title Url}}} OpenUserID";
constexpr std::string_view changed_person_fields =
    "UserID NewUserID Name Department MainDepartment IsLeaderInDept DirectLeader Position Mobile Gender "
    "Email BizMail Status "
    "Avatar Alias Telephone Address ExtAttr{Item*{Name Type Text{Value} Web{Title Url}}} OpenUserID";

// clang-format off
constexpr row rows[] = {
    // Messages of employees to an app ("接收消息格式")
    message("text",     "message.text",     content,     "文本消息", "Content"),
    message("image",    "message.image",    picture,     "图片消息", "PicUrl MediaId"),
    message("voice",    "message.voice",    voice,       "语音消息", "MediaId Format"),
    message("video",    "message.video",    video,       "视频消息", "MediaId ThumbMediaId"),
    message("location", "message.location", place,       "位置消息", "Location_X Location_Y Scale Label AppType"),
    message("link",     "message.link",     shared_link, "链接消息", "Title Description Url PicUrl"),
    message("file",     "message.file",     video,       "文件消息", "MediaId"),   // Not documented for apps, but sent.
    message("emotion",  "message.sticker",  nothing,     "表情消息", ""),

    // Events of apps ("接收事件格式")
    act("subscribe",          "contact.followed",   key,            replies, "成员关注",   "EventKey"),
    act("unsubscribe",        "contact.unfollowed", key,            none,    "成员取消关注", "EventKey"),
    act("enter_agent",        "contact.entered",    key,            replies, "进入应用",   "EventKey"),
    act("LOCATION",           "contact.located",    reported_place, replies, "上报地理位置", "Latitude Longitude Precision AppType"),
    act("click",              "menu.clicked",       key,            replies, "点击菜单",   "EventKey"),
    act("view",               "menu.viewed",        key,            replies, "点击菜单跳转链接", "EventKey"),
    act("view_miniprogram",   "menu.viewed",        key,            replies, "点击菜单跳转小程序", "EventKey"),
    act("scancode_push",      "menu.scanned",       scanned_code,   none,    "扫码推事件", "EventKey ScanCodeInfo{ScanType ScanResult}"),
    act("scancode_waitmsg",   "menu.scanned",       scanned_code,   replies, "扫码等待回复", "EventKey ScanCodeInfo{ScanType ScanResult}"),
    act("pic_sysphoto",       "menu.pictured",      key,            none,    "系统拍照发图", "EventKey SendPicsInfo{Count PicList{item*{PicMd5Sum}}}"),
    act("pic_photo_or_album", "menu.pictured",      key,            none,    "拍照或相册发图", "EventKey SendPicsInfo{Count PicList{item*{PicMd5Sum}}}"),
    act("pic_weixin",         "menu.pictured",      key,            none,    "相册发图器", "EventKey SendPicsInfo{Count PicList{item*{PicMd5Sum}}}"),
    act("location_select",    "menu.located",       picked_place,   none,    "地理位置选择", "EventKey SendLocationInfo{Location_X Location_Y Scale Label Poiname} AppType"),
    act("template_card_event",      "menu.clicked", card_tap, cards, "模板卡片事件", "EventKey TaskId CardType ResponseCode SelectedItems{SelectedItem*{QuestionKey OptionIds{OptionId*}}}"),
    act("template_card_menu_event", "menu.clicked", card_tap, replies, "模板卡片右上角菜单", "EventKey TaskId CardType ResponseCode"),
    act("taskcard_click",           "menu.clicked", card_tap, none,  "任务卡片", "EventKey TaskId AgentId"),
    notice("open_approval_change",  "work.approval", nothing, "自建审批状态变化", "ApprovalInfo{ThirdNo OpenSpName OpenTemplateId OpenSpStatus ApplyTime ApplyUserName ApplyUserId ApplyUserParty ApplyUserImage ApprovalNodes{ApprovalNode*{NodeStatus NodeAttr NodeType Items{Item*{ItemName ItemUserId ItemImage ItemStatus ItemSpeech ItemOpTime}}}} NotifyNodes{NotifyNode*{ItemName ItemUserId ItemImage}} approverstep}"),
    notice("sys_approval_change",   "work.approval", nothing, "审批申请状态变化", "ApprovalInfo{SpNoStr SpNo SpName SpStatus TemplateId ApplyTime Applyer{UserId Party} SpRecord*{SpStatus ApproverAttr Details*{Approver{UserId} Speech SpStatus SpTime Attach*}} Notifyer*{UserId} ProcessList{NodeList*{NodeType SpStatus ApvRel SubNodeList*{UserInfo{UserId} Speech SpYj Sptime MediaIds*}}} Comments*{CommentUserInfo{UserId} CommentTime CommentContent CommentId Attach*} StatuChangeEvent}"),
    notice("share_agent_change",    "account.shared",     nothing, "企业互联共享应用", "AppId CorpId AgentId"),
    notice("share_chain_change",    "account.shared",     nothing, "上下游共享应用", ""),
    notice("inactive_alert",        "account.expiring",   nothing, "应用停用预警", "EffectTime"),
    notice("low_active_alert",      "account.expiring",   nothing, "应用低活跃预警", "EffectTime"),
    notice("close_inactive_agent",  "account.restricted", nothing, "应用低活跃停用", ""),
    notice("low_active",            "account.restricted", nothing, "应用低活跃受限", ""),
    notice("reopen_inactive_agent", "account.restored",   nothing, "应用重新启用", ""),
    notice("active_restored",       "account.restored",   nothing, "应用活跃恢复", ""),
    notice("batch_job_result",      "account.job_done",   nothing, "异步任务完成", "BatchJob{JobId JobType ErrCode ErrMsg} JobId JobType ErrCode ErrMsg"),
    notice("upload_media_job_finish", "account.job_done", nothing, "异步上传素材完成", "JobId"),
    notice("switch_workbench_mode", "account.updated",    nothing, "切换工作台模式", "Mode"),
    notice("change_app_admin",      "account.updated",    nothing, "应用管理员变更", ""),
    notice("unlicensed_notify",     "account.unlicensed", nothing, "接口许可失效", ""),
    notice("submit_vip_account_approval", "account.licensed", nothing, "高级功能账号申请", "ApplyReason BusinessType ApplyId"),
    notice("finish_vip_account_approval", "account.licensed", nothing, "高级功能账号审批完成", "FinishType ApplyId"),
    notice("program_notify",        "account.notified",   nothing, "专区通知应用", "NotifyId NotifyScene"),
    notice("security/change_domain_ip", "account.updated", nothing, "域名IP变更", ""),
    notice("app_email_change/receive_email",    "message.mail", nothing, "应用邮箱收到邮件", "Amount"),
    notice("public_email_change/receive_email", "message.mail", nothing, "公共邮箱收到邮件", "Id Amount"),

    // Who works here ("通讯录变更")
    notice("change_contact/create_user",  "directory.user_added",         employee, "新增成员", person_fields),
    notice("change_contact/update_user",  "directory.user_updated",       employee, "更新成员", changed_person_fields),
    notice("change_contact/delete_user",  "directory.user_removed",       employee, "删除成员", "UserID OpenUserID"),
    notice("change_contact/create_party", "directory.department_added",   employee, "新增部门", "Id Name ParentId Order"),
    notice("change_contact/update_party", "directory.department_updated", employee, "更新部门", "Id Name ParentId"),
    notice("change_contact/delete_party", "directory.department_removed", employee, "删除部门", "Id"),
    notice("change_contact/update_tag",   "directory.tag_updated",        employee, "标签成员变更", "TagId AddUserItems DelUserItems AddPartyItems DelPartyItems"),

    // Customers, their tags and groups ("客户联系")
    act("change_external_contact/add_external_contact",      "contact.added",   customer, none, "添加企业客户", "UserID ExternalUserID State WelcomeCode"),
    act("change_external_contact/add_half_external_contact", "contact.added",   customer, none, "免验证添加成员", "UserID ExternalUserID State WelcomeCode"),
    act("change_external_contact/edit_external_contact",     "contact.updated", customer, none, "编辑企业客户", "UserID ExternalUserID"),
    act("change_external_contact/del_external_contact",      "contact.removed", removal, none, "删除企业客户", "UserID ExternalUserID Source"),
    act("change_external_contact/del_follow_user",           "contact.removed", removal, none, "被客户删除", "UserID ExternalUserID"),
    act("change_external_contact/transfer_fail",             "contact.transfer_failed", customer, none, "客户接替失败", "FailReason UserID ExternalUserID"),
    act("change_external_contact/msg_audit_approved",        "contact.authorized", customer, none, "客户同意会话存档", "UserID ExternalUserID WelcomeCode"),
    notice("change_external_tag/create",  "directory.customer_tag_added",   nothing, "新建客户标签", "Id TagType StrategyId"),
    notice("change_external_tag/update",  "directory.customer_tag_updated", nothing, "变更客户标签", "Id TagType StrategyId"),
    notice("change_external_tag/delete",  "directory.customer_tag_removed", nothing, "删除客户标签", "Id TagType StrategyId"),
    notice("change_external_tag/shuffle", "directory.customer_tag_sorted",  nothing, "重排客户标签", "Id StrategyId"),
    notice("change_external_chat/create",  "group.created",   group, "客户群创建", "ChatId"),
    notice("change_external_chat/update",  "group.updated",   group, "客户群变更", "ChatId UpdateDetail JoinScene QuitScene MemChangeCnt MemChangeList{Item*} LastMemVer CurMemVer"),
    notice("change_external_chat/dismiss", "group.dismissed", group, "客户群解散", "ChatId"),

    // Customer acquisition ("获客助手")
    notice("customer_acquisition/balance_low",        "account.quota", nothing, "获客额度即将耗尽", ""),
    notice("customer_acquisition/balance_exhausted",  "account.quota", nothing, "获客额度已耗尽", ""),
    notice("customer_acquisition/balance_increased",  "account.quota", nothing, "获客额度已恢复", ""),
    notice("customer_acquisition/quota_expire_soon",  "account.quota", nothing, "获客额度即将过期", "ExpireTime ExpireQuotaNum"),
    notice("customer_acquisition/link_unavailable",   "account.link_unavailable", link_of, "获客链接不可用", "LinkId"),
    notice("customer_acquisition/delete_link",        "account.link_removed", link_of, "获客链接已删除", "LinkId"),
    notice("customer_acquisition/open_profile",       "account.link_opened", link_of, "点开获客名片", "LinkId State"),
    notice("customer_acquisition/friend_request",     "account.link_used", link_of, "点击添加好友", "LinkId State"),
    act("customer_acquisition/customer_start_chat",   "session.opened",  acquired_customer, none, "客户发起会话", "UserID ExternalUserID LinkId"),
    act("customer_acquisition/message_from_customer", "session.counted", acquired_customer, none, "客户发消息", "LinkId ChatKey UserID ExternalUserID ChatSeq"),
    act("customer_acquisition/del_follow_user",       "contact.removed", acquired_customer, none, "被获客客户删除", "UserID ExternalUserID LinkId State"),
    notice("customer_acquisition/service_balance_low",       "account.quota", link_of, "服务商额度即将耗尽", "LinkId State OnceKey"),
    notice("customer_acquisition/service_balance_exhausted", "account.quota", link_of, "服务商额度已耗尽", "LinkId State OnceKey"),
    notice("customer_acquisition/service_balance_consumed",  "account.quota", link_of, "服务商额度已使用", "LinkId State OnceKey"),
    notice("customer_acquisition/change_price",              "account.updated", nothing, "获客组件价格变更", "Price EffectiveTime"),

    // WeChat Customer Service ("微信客服")
    notice("kf_msg_or_event",        "account.messages_waiting", doorbell, "微信客服消息与事件", "Token OpenKfId"),
    notice("kf_account_auth_change", "account.updated",          nothing,  "客服账号授权变更", "AuthAddOpenKfId* AuthDelOpenKfId*"),

    // Other products
    notice("msgaudit_notify",      "account.messages_waiting", nothing, "会话内容存档产生消息", ""),
    notice("living_status_change", "work.live",                nothing, "直播状态变更", "LivingId Status"),
    notice("change_chain/create_chain", "directory.chain_updated", nothing, "创建上下游", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("change_chain/update_chain", "directory.chain_updated", nothing, "更新上下游", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("change_chain/delete_chain", "directory.chain_updated", nothing, "删除上下游", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("change_chain/create_group", "directory.chain_updated", nothing, "新增上下游分组", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("change_chain/update_group", "directory.chain_updated", nothing, "更新上下游分组", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("change_chain/delete_group", "directory.chain_updated", nothing, "删除上下游分组", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("change_chain/corp_join",    "directory.chain_updated", nothing, "企业加入上下游", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("change_chain/update_corp",  "directory.chain_updated", nothing, "上下游企业变更", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("change_chain/remove_corp",  "directory.chain_updated", nothing, "移除上下游企业", "ChainId GroupIds{GroupId*} CorpIds{CorpId*}"),
    notice("doc_change/doc_member_change",    "work.document", nothing, "文档成员变更", "DocId*"),
    notice("doc_change/delete_doc",           "work.document", nothing, "删除文档", "DocId*"),
    notice("doc_change/form_complete",        "work.form_submitted", nothing, "收集表提交", "FormId*"),
    notice("doc_change/delete_form",          "work.document", nothing, "删除收集表", "FormId*"),
    notice("doc_change/form_settings_change", "work.document", nothing, "收集表设置变更", "FormId*"),
    notice("smart_sheet_change/add_filed",     "work.sheet", nothing, "智能表格新增字段", "DocId SheetId FieldId*"),
    notice("smart_sheet_change/update_filed",  "work.sheet", nothing, "智能表格更新字段", "DocId SheetId FieldId*"),
    notice("smart_sheet_change/delete_filed",  "work.sheet", nothing, "智能表格删除字段", "DocId SheetId FieldId*"),
    notice("smart_sheet_change/add_record",    "work.sheet", nothing, "智能表格新增记录", "DocId SheetId RecordId*"),
    notice("smart_sheet_change/update_record", "work.sheet", nothing, "智能表格更新记录", "DocId SheetId RecordId*"),
    notice("smart_sheet_change/delete_record", "work.sheet", nothing, "智能表格删除记录", "DocId SheetId RecordId*"),
    notice("wedrive_insufficient_capacity",                      "account.quota", nothing, "微盘容量不足", ""),
    notice("wedrive_space_change/dismiss_space",                 "work.drive", nothing, "解散微盘空间", "SpaceId*"),
    notice("wedrive_space_change/space_member_change",           "work.drive", nothing, "微盘空间成员变更", "SpaceId*"),
    notice("wedrive_space_change/space_security_settings_change", "work.drive", nothing, "微盘空间安全设置变更", "SpaceId*"),
    notice("wedrive_file_change/create_file", "work.drive", nothing, "新建微盘文件", "FileId*"),
    notice("wedrive_file_change/rename_file", "work.drive", nothing, "重命名微盘文件", "FileId*"),
    notice("wedrive_file_change/update_file", "work.drive", nothing, "修改微盘文件", "FileId*"),
    notice("wedrive_file_change/delete_file", "work.drive", nothing, "删除微盘文件", "FileId*"),
    notice("wedrive_file_change/move_file",   "work.drive", nothing, "移动微盘文件", "FileId*"),
    notice("add_calendar",        "work.calendar", nothing, "新增日历", "CalId"),
    notice("modify_calendar",     "work.calendar", nothing, "修改日历", "CalId"),
    notice("delete_calendar",     "work.calendar", nothing, "删除日历", "CalId"),
    notice("add_schedule",        "work.calendar", nothing, "新增日程", "CalId ScheduleId"),
    notice("modify_schedule",     "work.calendar", nothing, "修改日程", "CalId ScheduleId"),
    notice("delete_schedule",     "work.calendar", nothing, "删除日程", "CalId ScheduleId"),
    notice("respond_schedule",    "work.calendar", nothing, "回执日程", "CalId ScheduleId"),
    notice("book_meeting_room",   "work.meeting_room", nothing, "预定会议室", "MeetingRoomId MeetingId"),
    notice("cancel_meeting_room", "work.meeting_room", nothing, "取消会议室", "MeetingRoomId MeetingId"),
    notice("meeting_change/modify_meeting",         "work.meeting", nothing, "修改会议", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/cancel_meeting",         "work.meeting", nothing, "取消会议", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/meeting_start",          "work.meeting", nothing, "会议开始", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/meeting_end",            "work.meeting", nothing, "会议结束", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/meeting_mute_all",       "work.meeting", nothing, "全体静音", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/meeting_unmute_all",     "work.meeting", nothing, "解除全体静音", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/join_meeting",           "work.meeting", nothing, "加入会议", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/quit_meeting",           "work.meeting", nothing, "离开会议", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/join_meeting_before_host", "work.meeting", nothing, "主持人前入会", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/join_waiting_room",      "work.meeting", nothing, "进入等候室", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/open_screen_share",      "work.meeting", nothing, "开启屏幕共享", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/close_screen_share",     "work.meeting", nothing, "关闭屏幕共享", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/join_from_meeting_room", "work.meeting", nothing, "会议室入会", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/start_recording",        "work.meeting", nothing, "开始录制", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/pause_recording",        "work.meeting", nothing, "暂停录制", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/resume_recording",       "work.meeting", nothing, "恢复录制", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/stop_recording",         "work.meeting", nothing, "停止录制", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/recording_complete",     "work.meeting", nothing, "录制完成", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/delete_recording",       "work.meeting", nothing, "删除录制", "MeetingId FromUserTmpOpenId"),
    notice("meeting_change/role_change",            "work.meeting", nothing, "会议角色变更", "MeetingId FromUserTmpOpenId OperatedUser{UserId TmpOpenId UserRole}"),
    notice("meeting_change/webinar_role_change",    "work.meeting", nothing, "网络研讨会角色变更", "MeetingId FromUserTmpOpenId OperatedUser{UserId TmpOpenId UserRole}"),
    notice("meeting_change/quit_waiting_room",      "work.meeting", nothing, "离开等候室", "MeetingId FromUserTmpOpenId OperatedUser{UserId TmpOpenId UserRole}"),
    notice("meeting_change/move_to_waiting_room",   "work.meeting", nothing, "移入等候室", "MeetingId FromUserTmpOpenId OperatedUser{UserId TmpOpenId UserRole}"),
    notice("meeting_change/enroll",                 "work.meeting", nothing, "会议报名", "MeetingId FromUserTmpOpenId EnrollId"),
    notice("meeting_change/cancel_enroll",          "work.meeting", nothing, "取消会议报名", "MeetingId FromUserTmpOpenId EnrollId"),
    notice("meeting_change/webinar_warm_up_upload", "work.meeting", nothing, "暖场素材上传", "MeetingId FromUserTmpOpenId WarmUpInfo{WarmUpPicture WarmUpVideo UploadStatus ErrorMsg}"),
    notice("meeting_change/medium_upload",          "work.meeting", nothing, "会议素材上传", "MeetingId FromUserTmpOpenId AllUploadStatus UploadInfo*{MediumUrl MediumType UploadStatus ErrorMsg}"),
    notice("meeting_change/meeting_room_response",  "work.meeting", nothing, "会议室响应", "MeetingId FromUserTmpOpenId MeetingRoomId MraAddress{Protocol DialString} RoomResponseStatus"),
    notice("meeting_change/pstn_status_update",     "work.meeting", nothing, "电话外呼状态变更", "MeetingId"),
    notice("meeting_statistics/start_meeting",      "work.meeting", nothing, "会议统计", "Status"),
    notice("change_school_contact/create_student",    "directory.school_updated", nothing, "新增学生", "Id"),
    notice("change_school_contact/update_student",    "directory.school_updated", nothing, "更新学生", "Id NewId"),
    notice("change_school_contact/delete_student",    "directory.school_updated", nothing, "删除学生", "Id"),
    notice("change_school_contact/create_parent",     "directory.school_updated", nothing, "新增家长", "Id"),
    notice("change_school_contact/update_parent",     "directory.school_updated", nothing, "更新家长", "Id NewId"),
    notice("change_school_contact/delete_parent",     "directory.school_updated", nothing, "删除家长", "Id"),
    notice("change_school_contact/create_department", "directory.school_updated", nothing, "新增家校部门", "Id"),
    notice("change_school_contact/create_deparmtment", "directory.school_updated", nothing, "新增家校部门", "Id"),  // As one sample spells it.
    notice("change_school_contact/update_department", "directory.school_updated", nothing, "更新家校部门", "Id NewId"),
    notice("change_school_contact/delete_department", "directory.school_updated", nothing, "删除家校部门", "Id"),
    notice("change_school_contact/subscribe",         "directory.school_updated", nothing, "家长关注", "Id"),
    notice("change_school_contact/unsubscribe",       "directory.school_updated", nothing, "家长取消关注", "Id"),

    // Of suites and providers ("第三方应用回调")
    info("change_school_contact_batch", "directory.school_updated", nothing, "家校通讯录批量变更", "ChangeList*{TimeStamp ChangeType Id NewId}"),
    info("suite_ticket",         "account.ticket",       nothing, "推送suite_ticket", "SuiteTicket"),
    info("create_auth",          "account.authorized",   nothing, "授权成功", "AuthCode State ExtraInfo"),
    info("change_auth",          "account.updated",      nothing, "变更授权", "State ExtraInfo"),
    info("cancel_auth",          "account.unauthorized", nothing, "取消授权", ""),
    info("reset_permanent_code", "account.authorized",   nothing, "重置永久授权码", "AuthCode"),
    info("corp_arch_auth",       "account.updated",      nothing, "授权组织架构权限", ""),
    info("approve_special_auth", "account.updated",      nothing, "获客助手权限确认", "AuthType"),
    info("cancel_special_auth",  "account.updated",      nothing, "获客助手权限取消", "AuthType"),
    info("customer_acquisition_permit_change", "account.updated", nothing, "获客助手权限变更", ""),
    info("register_corp",          "account.registered", nothing, "注册完成", "RegisterCode ContactSync{AccessToken ExpiresIn} AuthUserInfo{UserId} State TemplateId"),
    info("enter_register_package", "account.registered", nothing, "进入注册推广包", "RegisterCode AuthUserInfo{UserId} State TemplateId"),
    info("agree_external_userid_migration", "account.updated", nothing, "同意external_userid迁移", ""),
    info("license_pay_success",  "account.licensed", nothing, "接口许可支付成功", "OrderId BuyerUserId"),
    info("license_refund",       "account.licensed", nothing, "接口许可退款", "OrderId OrderStatus"),
    info("auto_activate",        "account.licensed", nothing, "接口许可自动激活", "Scene AccountList*{ActiveCode Type ExpireTime UserId PreviousStatus PreviousActiveCode}"),
    info("open_order",           "order.created",    nothing, "应用下单", "PaidCorpId OrderId OperatorId"),
    info("change_order",         "order.updated",    nothing, "应用改单", "PaidCorpId OldOrderId NewOrderId"),
    info("pay_for_app_success",  "order.paid",       nothing, "应用支付成功", "PaidCorpId OrderId"),
    info("refund",               "order.refunded",   nothing, "应用退款", "PaidCorpId OrderId"),
    info("cancel_order",         "order.cancelled",  nothing, "应用取消订单", "PaidCorpId OrderId"),
    info("change_editon",        "account.updated",  nothing, "应用版本变更", "PaidCorpId"),
    info("advanced_api_expired", "account.expired",  nothing, "高级接口到期", "AdvanceApiType ChatArchiveApi{Edition}"),
    info("advanced_api_trial_expired", "account.expired", nothing, "高级接口试用到期", "AdvanceApiType ChatArchiveApi{Edition}"),
    {"info", "chat_archive_audit_approved_single", "contact.authorized", customer, none, by::person, "客户同意存档", "OpenUserID ExternalUserID ChatId"},
    info("conversation_new_message",     "account.messages_waiting", nothing, "会话产生新消息", "Token"),
    info("hit_keyword",                  "account.messages_waiting", nothing, "命中关键词", "Token"),
    info("chat_archive_export_finished", "account.job_done", nothing, "会话导出完成", "JobId"),
    info("device_data_auth_change", "work.device", nothing, "设备数据授权变更", ""),
    info("add_device",              "work.device", nothing, "添加设备", ""),
    info("del_device",              "work.device", nothing, "删除设备", ""),
    info("connect_info",            "work.device", nothing, "设备上线", ""),
    info("disconnect_info",         "work.device", nothing, "设备离线", ""),
    info("device_feature_change",   "work.device", nothing, "设备功能变更", ""),
    info("error_report",            "work.device", nothing, "设备故障上报", ""),
    info("fetch_log_finish",        "work.device", nothing, "设备日志上传完成", ""),
    info("remark_device_name",      "work.device", nothing, "设备备注名变更", ""),
};
// clang-format on

}  // namespace

const table& event_table() {
    static const table made(rows);
    return made;
}

}  // namespace yizhan::adapters::wecom
