#include "tests/support/vectors.hpp"

#include <openssl/evp.h>

#include "crypto/base64.hpp"

namespace yizhan::test {

// Known answers of the platforms' documents and samples, and synthetic ones, computed by more than one implementation.
// Where `message` is empty and its length is not, only the length is known.
const std::vector<sealed_vector>& sealed_vectors() {
    static const std::vector<sealed_vector> all = {
        {"wechat T3", "AAAAA", "1714112445", "415670741", "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=",
         "wxba5fad812f8e6fb9", 167, "{\"ToUserName\":\"gh_97417a04a28d\",\"FromUserName\":\"o9AgO5Kd5ggOC-bXrbNODIiE3bGY\",\"CreateTime\":1714112445,\"MsgType\":\"event\",\"Event\":\"debug_demo\",\"debug_str\":\"hello world\"}", "a8eedb185eb2fecf"},
        {"wechat T4", "AAAAA", "1713424427", "415670741", "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
         "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
         "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
         "wxba5fad812f8e6fb9", 25, "{\"demo_resp\":\"good luck\"}", "707722b803182950"},
        {"wechat T5", "spamtest", "1409735669", "1320562132", "5d197aaffba7e9b25a30732f161a50dee96bd5fa",
         "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
         "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=",
         "wx2c2769f8efd9abc2", 280, "", "89465c840c5f116f"},
        {"wechat T6", "", "", "", "",
         "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
         "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==",
         "wxb11529c136998cb6", 19, "我是中文abcd123", "aaaabbbbccccdddd"},
        {"wechat T7", "gwFixtureToken01", "1760000002", "882346175", "0f7cb3a828d4838e9ac83ad47cb35e55fc01b82c",
         "GatewayFixtureKey0123456789abcdefghijklmno7",
         "L394d8X4qzNFncJ5RG/4XvKDv8JikSCERoPJsKC7LwGiUCu/Q/qOjJQVthVW2LMOCNF2a4rsuaFby7P9vll0MeHALBEvLpn6fIm0WlGrVo7TrPpk/8EYnAIPMm5cLJ+40dvwn29t3nOpDepvVcTF3dI6QkWDxbHiNskFG6YMhETynJPMygiEkZE4zb1eFJIpyCIS35OEH7VrJGLLxjRBYifaNrNFRNIKTqB8b4Lymp6ItIhc+LYCtaxqy3I6PNe4RBMy0O93etHu6UWDEnleaVM3/2IUna+6WEzzM1jffvfg+/cBtXkfK1H90Y9useijq3glEj7VVh8HS5jwVhv3tdycV4J2xAfoROeJymjv1rEIShA//K0xusNquLcvp7n7/zfdmQjKtUfE9KO7nwHSlQ0PQk6XAgt5T0x0tUT3hajKl4MEk1nngGriGLkL2Xn3nCkuhZzY8ciBCiBsc+Xopg==",
         "wx5f1e2d3c4b5a6978", 282, "<xml><ToUserName><![CDATA[gh_0a1b2c3d4e5f]]></ToUserName>\n<FromUserName><![CDATA[oFx9T5k2VbQ7nLw3RzHc8YdUjMsE]]></FromUserName>\n<CreateTime>1760000001</CreateTime>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[退货😀x]]></Content>\n<MsgId>24982365870011223</MsgId>\n</xml>", "0123456789abcdef"},
        {"wechat T8", "gwFixtureToken01", "1760000102", "55512", "e75c86d01738e5da8adf80554fabb654e152d40a",
         "GatewayFixtureKey0123456789abcdefghijklmno7",
         "L394d8X4qzNFncJ5RG/4XhfevAx8STPEgXUEyd6dEnS83rWyJFQ9mJAYP4naxViY/D8NShM4NELQDKeBRgH+08GCzFfWZTuQ2mMZxDFZ6MuK8XOCouLjk8Jn+fGa/Ud6WEjrzS0SxGIeKi9hf+LC9UGFbzKQu0MkP7SUlUPZ223WDF89t6wtz3qHb36huzkh7MhWEASzTgfemJ4qfiVgwJgu/TIV8AFs7fNK1QveoLYAGc9qfVlAEItd67eDsl6UyUuxNrUXBSHYRhIabp9nWGQrxsOmKlqRP393NOyISAXeYzJtRuspQ8d/+QmFRw6neqoPyYJyWtGgv4nXb54Z/A==",
         "wx5f1e2d3c4b5a6978", 192, "{\"ToUserName\":\"gh_0a1b2c3d4e5f\",\"FromUserName\":\"oFx9T5k2VbQ7nLw3RzHc8YdUjMsE\",\"CreateTime\":1760000101,\"MsgType\":\"event\",\"Event\":\"user_enter_tempsession\",\"SessionFrom\":\"order:9007199254740993\"}", "0123456789abcdef"},
        {"wechat T9", "gwFixtureToken01", "1760000201", "10086", "d52ef5bce121029754a20e3c0900699f1c65569f",
         "GatewayFixtureKey0123456789abcdefghijklmno7",
         "L394d8X4qzNFncJ5RG/4Xq5ICoNP59EjREdFR4w0dxFXGUUvpJK6c1i23GmQWuoKxvpKYdF9lXr9RPF10julKb7OmKjUwAJChT25JV1UFLejmT3Ki2dfM/2r6xcy6KA14RYYmvkZs5s6/DcsYyAmfs9M3cR8C3Vq1V5jXRDmwCfym5cD9s2Tl4qWaSFgvT5OtNC1Hs0lQxRK4VmQaAGbhjNxT4YVUEdW0BhPpwuW8TR6CPvbKDjwCysRQ+nXEV0ZZ++yPn9uD/7hdtedTd5GPHQscFa5fId1BpATnzo0ECKBdG8d+KmwUn8x4iProfHxk5gV5oqw5W8PLyb2p0WUk8dZTc7aCoMaXJeYxsfI61wahnHkLNI23TyytEYW60UE",
         "wxc0ffee0123456789", 237, "<xml><AppId><![CDATA[wxc0ffee0123456789]]></AppId><CreateTime>1760000200</CreateTime><InfoType><![CDATA[component_verify_ticket]]></InfoType><ComponentVerifyTicket><![CDATA[ticket@@@Zm9vYmFyLXN5bnRoZXRpYw]]></ComponentVerifyTicket></xml>", "0123456789abcdef"},
        {"wechat T10", "gwFixtureToken01", "1760000003", "882346175", "a53f7b6e4cc59a34a81e69c71089fe6a5c739e5e",
         "GatewayFixtureKey0123456789abcdefghijklmno7",
         "L394d8X4qzNFncJ5RG/4Xgesq7SeYVe3LEQbE2XMGJyh4tfMklnMqDl4aq19MxO15qmavFD1cKxRVQQ2mDNBp9cqSBfCqzXL2CBbQuI5bgP+lbZu6I8eAFTdCXruTKzGRcoeBtjlnAZbzvNuHhMlMdqF9yzRirm6JoBd6psTuG47pvExrmzwtBIoYetP22koyV54i+MOYhN4dg/vSqhpeHJQgalCbCouHRoJ5RGqRwvuJVyksgft9nOBMT9taBVhbe4Jqx+JbITjfxSnCXYo3bsOcFeSR+jY6Q4Yc4Z4nvk0b0rKf31HjbWfznvYTLGBfkDVw3o4WAIuOSEaqiVbLcTbbwAPCSMFNtlzgIo59z+4aBfaPGQTZO4OelYR89ys",
         "wx5f1e2d3c4b5a6978", 242, "<xml><ToUserName><![CDATA[oFx9T5k2VbQ7nLw3RzHc8YdUjMsE]]></ToUserName><FromUserName><![CDATA[gh_0a1b2c3d4e5f]]></FromUserName><CreateTime>1760000003</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[已收到]]></Content></xml>", "0123456789abcdef"},
        {"wecom P1", "QDG6eK", "1409659813", "1372623149", "477715d11cdb4164915debcba66cb864d751f3e6",
         "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
         "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
         "wx5823bf96d3bd56c7", 284, "", "0960688932c47ef1"},
        {"wecom P2", "QDG6eK", "1409659589", "263014780", "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
         "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
         "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
         "wx5823bf96d3bd56c7", 19, "1616140317555161061", "c41b64491c2468d0"},
        {"wecom P3", "QDG6eK", "1409659813", "1372623149", "1f3153b7abd0ba99b4ab2e57fac2376110d03a3c",
         "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C",
         "pvXgeha3nZ7UQ2DG3WD3IVsNJR38QVl1+h+wmLQHIAwEG3Jey2aTZtvAWzhEZ9JEKGwIUMBWX3JlUhfo7O7WbvI10vHIsdSNr1nr3LuOwAfnwLJAMQNDxi5tHUl08Op59jxOL73r8+g60KOxMTaFwXzlr9Yxgq5ey5nzNb/2vDjjvDZNXkJVmL/XWnv6PXrVbTpNxphqWRv2BpPYqvwRMkHgdFliatljMVlkkRHS40FOHmtBhj/4RXtIexfDx8opBXwi0L9RTlYNQzGx+FA+74xVHG7Le/pmNDwc2Ri5mbw=",
         "wx5823bf96d3bd56c7", 176, "", "WSaxmGcGQ0R23jRP"},
        {"wecom P4", "123456", "1411443780", "437374425", "dd6b9c95b495b3f7e2901bfbc76c664930ffdb96",
         "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",
         "4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==",
         "wx49f0ab532d5d035a", 19, "5927782489442352469", ""},
        {"wecom P5", "123456", "1411525903", "461056294", "407518b7649e86ef23978113f92d27afa9296533",
         "kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR",
         "9s4gMv99m88kKTh/H8IdkOiMg6bisoy3ypwy9H4hvSPe9nsGaqyw5hhSjdYbcrKk+j3nba4HMOTzHrluLBYqxgNcBqGsL8GqxlhZgURnAtObvesEl5nZ+uBE8bviY0LWke8Zy9V/QYKxNV2FqllNXcfmstttyIkMKCCmVbCFM2JTF5wY0nFhHZSjPUL2Q1qvSUCUld+/WIXrx0oyKQmpB6o8NRrrNrsDf03oxI1p9FxUgMnwKKZeOA/uu+2IEvEBtb7muXsVbwbgX05UPPJvFurDXafG0RQyPR+mf1nDnAtQmmNOuiR5MIkdQ39xn1vWwi1O5oazPoQJz0nTYjxxEE8kv3kFxtAGVRe3ypD3WeK2XeFYFMNMpatF9XiKzHo3",
         "wx49f0ab532d5d035a", 247, "<xml>\n<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[test]]></Content>\n<FromUserName><![CDATA[wx49f0ab532d5d035a]]></FromUserName>\n<ToUserName><![CDATA[messense]]></ToUserName>\n<AgentID>1</AgentID>\n<CreateTime>1411525903</CreateTime>\n</xml>", "1234567890123456"},
        {"wecom P6", "", "", "", "",
         "4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws",
         "6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==",
         "ww6a112864f8022910", 23, "94966531020182955848408", ""},
        {"wecom V1", "GwTestToken2026", "1767225600", "1985211417", "08a1ff783b4eba5a99a27bc93897c188b2291f30",
         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
         "4j/AuRx71kQlxVlzbpsMWNKm1k4CFpx+uEmiVYPNUiGT5xo5B9zzyf8ovCKTTYJP/b0GUs3U53tMlQBdjnNvWA==",
         "ww5a1c0de5a1c0de01", 19, "8823417733540091275", "0123456789abcdef"},
        {"wecom V4", "GwTestToken2026", "1767225600", "1985211417", "2ab409c837cc553f79f863dce8c006077cff8f7f",
         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
         "4j/AuRx71kQlxVlzbpsMWO9kIMy5sMRvIq8xx0hrt8p+ZqCblfvwKw8JL9fRtuKdONbOj02TG7cDETPXtqdw5F+uiTIV2JCtlAfN76s1xBC86dJXgVN1YjdbCtxohr1Z",
         "ww5a1c0de5a1c0de01", 26, "abcdefghijklmnopqrstuvwxyz", "0123456789abcdef"},
        {"wecom V5", "GwTestToken2026", "1767225600", "1985211417", "de25b0fc0bb87d0a9dbf87c578b1dc1d8efea593",
         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
         "4j/AuRx71kQlxVlzbpsMWHgwblq4q4AoufqK9kZZDtRx5knmSQm5rnics8SrLM+8h70sdnwJV45s7UOt6LirbgCzR3C7dFIL8INTUwKrpZaaDd+uebBpEUNGY+taw7Nz",
         "ww5a1c0de5a1c0de01", 27, "abcdefghijklmnopqrstuvwxyz0", "0123456789abcdef"},
        {"wecom V6", "GwTestToken2026", "1767225600", "1985211417", "343a392f1940ca918132f4fe420f190dc629e155",
         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
         "4j/AuRx71kQlxVlzbpsMWDr1sZqu0+63Sd+35YdzG64MrqNXW9O+6zp/oZTjJYF11oasBLUvfNm9ctkxCgIIRQ==",
         "ww5a1c0de5a1c0de01", 25, "abcdefghijklmnopqrstuvwxy", "0123456789abcdef"},
        {"wecom V7", "GwTestToken2026", "1767225600", "1985211417", "d3b79edd0cdbbb96ff0f854f8f076aeec97cb4b1",
         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
         "4j/AuRx71kQlxVlzbpsMWM4cLXAIcGv39KvAS8cQTXc=",
         "", 0, "", "0123456789abcdef"},
        {"wecom V2", "GwTestToken2026", "1767225600", "1985211417", "b0cb3993c6b579accf7267bafb2579637de344b6",
         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
         "4j/AuRx71kQlxVlzbpsMWCKRhLGYguioo28L+w5aAGxWtPLtzIO15DmXR02CgkGgO0/Ft6Al7QsIz27G39G1SWTXAqQkUNPFKmev23+1rT9M9rf137mL8i8I+/fxTOchLwMadFS3n8ypufXtNW1lNhfisx+pZSYEGW5WTsY1EYZtrkE11kJkJbAJ5IK3G0Vhfn3cJBDSpAXcDz1PEfCxWY1KuYYcPMs/O9smBEz82sz18x0DClEWhfPebzTH7xxbTcUT3Jw1dwlPyvLhUiZlEEYE4Ov1sKVoOf+nFoS9MTfxqSOiblXFxfWGMYf2BUEf93o4/4jCbXWP9EPIKfjNiQ==",
         "ww51de5a1c0de51de2", 191, "<xml><SuiteId><![CDATA[ww51de5a1c0de51de2]]></SuiteId><InfoType> <![CDATA[suite_ticket]]></InfoType><TimeStamp>1767225600</TimeStamp><SuiteTicket><![CDATA[tkt_demo_0001]]></SuiteTicket></xml>", "0123456789abcdef"},
        {"wecom V3", "GwTestToken2026", "1767225600", "1985211417", "fbb1e4187561770c02245d2e16da63a9bc7c4a7a",
         "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
         "4j/AuRx71kQlxVlzbpsMWBtHY3rHWkV8nQJ146wmibvxrxYKYMb5flbjS+vBLaj87Pfp/fhaScxEn4L1li96nyNcWLil1gSAdDWseacA7X8eov2foLTYxWmTigBEqx/trwJyvSQm9ctLcmqkKCn0KSe5RPl55nu69MvX5dQ+eD0MFd0atMBFCyHbkGbR1M6iqFUFh+CGCj+46AEW5ULHWcGNCJd4Jxm3sViJDr/qMMWJGcdjSAvn10IxCjknSmHlEhYlyNxLHxb2auWmx1ePTXnHNffc/48mK3gjBCxeNLhMso53FjJgk9+UgBATIgbrUDYwq18EcywIH22/YQ6EUA==",
         "", 233, "{\"msgid\":\"CAIQdemo\\/0001=\",\"aibotid\":\"aibDemo01\",\"chattype\":\"single\",\"from\":{\"userid\":\"lina\"},\"response_url\":\"https:\\/\\/qyapi.weixin.qq.com\\/cgi-bin\\/aibot\\/response?response_code=RC0001\",\"msgtype\":\"text\",\"text\":{\"content\":\"你好\"}}", "0123456789abcdef"},
    };
    return all;
}

std::string aes_256_cbc_base64(const std::string& key43, const std::string& plain) {
    std::string key;
    static_cast<void>(crypto::decode_base64(key43 + "=", key));
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
    EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
    std::string sealed(plain.size() + 32, '\0');
    int length = 0;
    EVP_EncryptInit_ex(context, EVP_aes_256_cbc(), nullptr, bytes, bytes);
    EVP_CIPHER_CTX_set_padding(context, 0);
    EVP_EncryptUpdate(context, reinterpret_cast<unsigned char*>(sealed.data()), &length,
                      reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
    EVP_CIPHER_CTX_free(context);
    return crypto::encode_base64({reinterpret_cast<const unsigned char*>(sealed.data()), static_cast<std::size_t>(length)});
}

}  // namespace yizhan::test
