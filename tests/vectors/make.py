#!/usr/bin/env python3
"""Writes the callback test vectors of the gateway.

    python3 tests/vectors/make.py            writes the five JSON files next to this script
    python3 tests/vectors/make.py --check    writes nothing, fails when a file differs

Five files come out: wechat.json, wecom.json and weibo.json hold whole callbacks with the answer
a receiver must give, framing.json holds raw request heads, query.json holds query strings. Each
file explains its own format in its "about" member.

The script needs the Python standard library and the `openssl` command, which does the AES work.
It uses no clock and no random numbers: every run writes the same bytes.

Three safeguards keep the vectors honest:

  * Every published known answer that is used here (signature, ciphertext, clear text) is
    recomputed first, and the run stops when one differs. See known_answers().
  * Every callback is also put through reference(), a small receiver written straight from the
    rules below. The run stops when it disagrees with the answer written down for the case.
  * Names are checked to be unique, and every "after" must name an earlier case.

The rules, in the order in which a receiver applies them:

  Encrypted WeChat and WeCom accounts, POST
     1. The body is readable as XML or JSON. The first byte that is no blank, after an optional
        byte order mark, decides which. Otherwise malformed_message; a document type is
        doctype_refused; a nesting of more than 32 or more than 1000 nodes is too_deep; two
        Encrypt members are malformed_message.
     2. Without Encrypt, or with an empty one: plaintext_refused.
     3. msg_signature, timestamp and nonce are there and not empty: missing_parameter.
     4. msg_signature is the SHA-1 of token, timestamp, nonce and Encrypt: bad_signature.
     5. Encrypt is base64 in the standard alphabet with its padding: bad_base64.
     6. The ciphertext has at least 32 bytes and a multiple of 16: bad_length.
     7. The last byte is 1..32 and as many bytes are equal to it: bad_padding.
     8. At least 20 bytes are left and the inner length fits in the rest: bad_length.
     9. What follows the message is an allowed receive id: wrong_receive_id.
    10. The clear text is a document that names its type: malformed_message, doctype_refused,
        too_deep.
    11. A callback that is known already is acknowledged whatever its age.
    12. The timestamp is within 600 seconds of the receiver's clock: stale_timestamp.

  Plaintext WeChat accounts and Weibo, POST: signature, timestamp and nonce are there; signature
  is right; then the body as above (Encrypt here is encryption_refused); for Weibo the receiver
  is one of the configured uids; then points 11 and 12. Weibo counts in milliseconds.

  GET: WeChat and Weibo check signature over three values and return echostr as it is. WeCom
  checks msg_signature over four, decrypts echostr (blanks in it are repaired to "+") and returns
  the decrypted bytes, unless they begin with "<" or "{" (malformed_message). Freshness is last.
"""

import base64
import binascii
import hashlib
import json
import os
import re
import subprocess
import sys
import xml.parsers.expat
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
WINDOW_MS = 600_000
MAX_DEPTH = 32
MAX_NODES = 1000
BOM = b"\xef\xbb\xbf"


# --- Cryptography -------------------------------------------------------------------------------

def as_bytes(value):
    return value.encode() if isinstance(value, str) else value


def sign(*parts):
    """SHA-1 over the parts, sorted as byte strings and joined without a separator."""
    return hashlib.sha1(b"".join(sorted(as_bytes(part) for part in parts))).hexdigest()


def join_sha1(*parts):
    """SHA-1 over the parts in the given order: what a receiver with a wrong sort computes."""
    return hashlib.sha1(b"".join(as_bytes(part) for part in parts)).hexdigest()


def aes_key(text):
    """The 32 key bytes of a 43-character EncodingAESKey. The surplus bits of the last character
    need not be zero, and Python's decoder drops them."""
    key = base64.b64decode(text + "=")
    assert len(text) == 43 and len(key) == 32, text
    return key


_CIPHER_CACHE = {}


def _aes(direction, key, data):
    assert data and len(data) % 16 == 0
    cached = _CIPHER_CACHE.get((direction, key, data))
    if cached is None:
        cached = subprocess.run(
            ["openssl", "enc", "-aes-256-cbc", direction, "-nopad", "-K", key.hex(),
             "-iv", key[:16].hex()], input=data, stdout=subprocess.PIPE, check=True).stdout
        assert len(cached) == len(data)
        _CIPHER_CACHE[(direction, key, data)] = cached
    return cached


def cbc_encrypt(key_text, data):
    return _aes("-e", aes_key(key_text), data)


def cbc_decrypt(key_text, data):
    return _aes("-d", aes_key(key_text), data)


def pad32(data):
    count = 32 - len(data) % 32
    return data + bytes([count]) * count


def seal(key_text, random, message, receive_id, length=None, pad=None):
    """The base64 text of one encrypted message. `length` replaces the four length bytes and
    `pad` the padding function, for the cases in which a sender gets them wrong."""
    message, receive_id = as_bytes(message), as_bytes(receive_id)
    if length is None:
        length = len(message).to_bytes(4, "big")
    plain = as_bytes(random) + length + message + receive_id
    return base64.b64encode(cbc_encrypt(key_text, (pad or pad32)(plain))).decode()


def unseal(key_text, text):
    """The official direction: random, message, receive id and pad count of a good ciphertext."""
    plain = cbc_decrypt(key_text, base64.b64decode(text, validate=True))
    count = plain[-1]
    assert 1 <= count <= 32 and plain[-count:] == bytes([count]) * count
    plain = plain[:-count]
    length = int.from_bytes(plain[16:20], "big")
    return plain[:16].decode(), plain[20:20 + length], plain[20 + length:], count


# --- The reference receiver ---------------------------------------------------------------------

class Refused(Exception):
    STATUS = {"malformed_message": 400, "doctype_refused": 400, "too_deep": 400}

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason
        self.status = self.STATUS.get(reason, 403)


def percent_decode(data):
    return re.sub(rb"%([0-9A-Fa-f]{2})", lambda hit: bytes([int(hit.group(1), 16)]), data)


def query_value(query, name):
    """The value of the first parameter of that name. Only %XX is decoded; "+" stays."""
    for pair in as_bytes(query).split(b"&"):
        key, _, value = pair.partition(b"=")
        if key == as_bytes(name):
            return percent_decode(value)
    return b""


def read_xml(data):
    """The children of the root element as (name, text) pairs, in order."""
    parser = xml.parsers.expat.ParserCreate("utf-8")
    parser.buffer_text = True
    state = {"depth": 0, "nodes": 0}
    children, text = [], []

    def start(name, _attributes):
        state["depth"] += 1
        state["nodes"] += 1
        if state["depth"] > MAX_DEPTH or state["nodes"] > MAX_NODES:
            raise Refused("too_deep")
        if state["depth"] == 2:
            children.append(name)
            text.append("")

    def end(_name):
        state["depth"] -= 1

    def characters(part):
        if state["depth"] == 2:
            text[-1] += part

    def doctype(*_arguments):
        raise Refused("doctype_refused")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    try:
        # Text in XML may hold broken UTF-8, for instance an emoji that was cut in half.
        parser.Parse(data.decode("utf-8", "replace").encode(), True)
    except xml.parsers.expat.ExpatError:
        raise Refused("malformed_message") from None
    return [(name, value.strip(" \t\r\n")) for name, value in zip(children, text)]


class Pairs(list):
    """A JSON object as its (name, value) pairs, so that repeated names stay visible."""


def measure_json(value):
    """Depth (containers only) and number of values."""
    if isinstance(value, list):
        inner = [pair[1] for pair in value] if isinstance(value, Pairs) else value
        sizes = [measure_json(item) for item in inner]
        return 1 + max((size[0] for size in sizes), default=0), 1 + sum(size[1] for size in sizes)
    return 0, 1


def read_json(data):
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=Pairs)
    except RecursionError:
        raise Refused("too_deep") from None
    except ValueError:
        raise Refused("malformed_message") from None
    depth, nodes = measure_json(value)
    if depth > MAX_DEPTH or nodes > MAX_NODES:
        raise Refused("too_deep")
    if not isinstance(value, Pairs):
        raise Refused("malformed_message")
    return list(value)


def read_document(data):
    """("xml" or "json", pairs of the top level)."""
    rest = data[len(BOM):] if data.startswith(BOM) else data
    rest = rest.lstrip(b" \t\r\n")
    if rest[:1] == b"<":
        return "xml", read_xml(rest)
    if rest[:1] == b"{":
        return "json", read_json(rest)
    raise Refused("malformed_message")


def members(pairs, name):
    return [value for key, value in pairs if key == name]


def decrypt(account, text, allowed):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("bad_base64") from None
    if len(data) < 32 or len(data) % 16:
        raise Refused("bad_length")
    plain = cbc_decrypt(account["aes_key"], data)
    count = plain[-1]
    if not 1 <= count <= 32 or plain[-count:] != bytes([count]) * count:
        raise Refused("bad_padding")
    plain = plain[:-count]
    if len(plain) < 20 or int.from_bytes(plain[16:20], "big") > len(plain) - 20:
        raise Refused("bad_length")
    length = int.from_bytes(plain[16:20], "big")
    if plain[20 + length:].decode("latin-1") not in allowed:
        raise Refused("wrong_receive_id")
    return plain[20:20 + length]


def allowed_ids(account, suffix, method):
    if account["channel"] == "wechat":
        return [account["app_id"]]
    if account["kind"] == "app":
        return [account["corp_id"]]
    if account["kind"] == "aibot":
        return [""]
    if method == "GET":
        return [account["corp_id"]]
    if suffix == "/command":
        return [account["suite_id"], account["corp_id"]]
    assert suffix.startswith("/data/")
    return [suffix[len("/data/"):]]


def need(query, *names):
    values = [query_value(query, name) for name in names]
    if not all(values):
        raise Refused("missing_parameter")
    return values


def fresh(account, timestamp, now_ms):
    unit = 1 if account["channel"] == "weibo" else 1000
    if not re.fullmatch(rb"-?[0-9]+", timestamp) or abs(now_ms - int(timestamp) * unit) > WINDOW_MS:
        raise Refused("stale_timestamp")


def equal_hex(given, expected):
    return given.lower() == expected.encode()


def reference(account, case, body, known):
    """The expected answer by the rules at the top of this file. `known` is a set of keys of the
    messages accepted before; an accepted POST is added to it."""
    query, method, suffix = case["query"], case["method"], case["suffix"]
    wecom, weibo = account["channel"] == "wecom", account["channel"] == "weibo"
    secret = account["app_secret"] if weibo else account["token"]
    allowed = [] if weibo else allowed_ids(account, suffix, method)
    try:
        if method == "GET":
            if wecom:
                given, timestamp, nonce, echo = need(query, "msg_signature", "timestamp", "nonce",
                                                     "echostr")
                echo = echo.replace(b" ", b"+")
                if not equal_hex(given, sign(secret, timestamp, nonce, echo)):
                    raise Refused("bad_signature")
                echo = decrypt(account, echo, allowed)
                if echo[:1] in (b"<", b"{"):
                    raise Refused("malformed_message")
            else:
                given, timestamp, nonce, echo = need(query, "signature", "timestamp", "nonce",
                                                     "echostr")
                if not equal_hex(given, sign(secret, timestamp, nonce)):
                    raise Refused("bad_signature")
            fresh(account, timestamp, case["now_ms"])
            return {"status": 200, "body": echo.decode()}

        if weibo or account.get("encryption") == "plaintext":
            given, timestamp, nonce = need(query, "signature", "timestamp", "nonce")
            if not equal_hex(given, sign(secret, timestamp, nonce)):
                raise Refused("bad_signature")
            clear = body
            if weibo and re.match(rb"%7[bB]", body):
                clear = percent_decode(body)
            form, pairs = read_document(clear)
            if weibo:
                receiver = members(pairs, "ToUserName" if form == "xml" else "receiver_id")
                if not receiver:
                    raise Refused("malformed_message")
                if str(receiver[0]) not in account["uids"]:
                    raise Refused("wrong_receive_id")
            elif members(pairs, "Encrypt"):
                raise Refused("encryption_refused")
        else:
            name = "encrypt" if account["kind"] == "aibot" else "Encrypt"
            _, pairs = read_document(body)
            sealed = members(pairs, name)
            if len(sealed) > 1:
                raise Refused("malformed_message")
            if not sealed or not sealed[0]:
                raise Refused("plaintext_refused")
            given, timestamp, nonce = need(query, "msg_signature", "timestamp", "nonce")
            if not equal_hex(given, sign(secret, timestamp, nonce, sealed[0])):
                raise Refused("bad_signature")
            clear = decrypt(account, sealed[0], allowed)
            form, pairs = read_document(clear)
        if account["kind"] == "aibot":
            if form != "json" or not members(pairs, "msgtype"):
                raise Refused("malformed_message")
        elif not weibo and not members(pairs, "MsgType") and not members(pairs, "InfoType"):
            raise Refused("malformed_message")
        ids = members(pairs, "MsgId") or members(pairs, "msgid")
        key = (case["account"], str(ids[0]) if ids and ids[0] else hashlib.sha256(clear).digest())
        if key in known:
            return {"status": 200}
        fresh(account, timestamp, case["now_ms"])
        known.add(key)
        return dict({"status": 200}, **text_member("clear", clear))
    except Refused as refused:
        return {"status": refused.status, "reason": refused.reason}


# --- Writing cases ------------------------------------------------------------------------------

def text_member(name, data):
    """{name: text}, or {name_base64: ...} for bytes that are not UTF-8 or hold a NUL."""
    data = as_bytes(data)
    try:
        text = data.decode("utf-8")
        if "\0" not in text:
            return {name: text}
    except UnicodeDecodeError:
        pass
    return {name + "_base64": base64.b64encode(data).decode()}


def refuse(reason):
    return {"status": Refused(reason).status, "reason": reason}


def accept(clear):
    return dict({"status": 200}, **text_member("clear", clear))


KNOWN = {"status": 200}


def echo(text):
    return {"status": 200, "body": text}


def number_of(name, modulus):
    """A number that depends on the name alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") % modulus


def random_of(name):
    return hashlib.sha256(("random " + name).encode()).hexdigest()[:16]


def query_of(pairs):
    return "&".join("%s=%s" % (key, quote(value, safe="-_.~")) for key, value in pairs)


class Kit:
    """One callback file."""

    def __init__(self, about):
        self.about, self.accounts, self.cases = about, {}, []
        self._bodies = {}

    def account(self, name, **fields):
        self.accounts[name] = fields

    def add(self, name, why, account, method, query, now_ms, expect, body=b"", suffix="",
            after=()):
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name), name
        assert name not in self._bodies, "repeated name " + name
        assert why.endswith("."), name
        case = {"name": name, "why": why, "account": account, "method": method, "suffix": suffix,
                "query": query}
        case.update(text_member("body", body))
        case["now_ms"] = now_ms
        if after:
            case["after"] = list(after)
        self._bodies[name] = as_bytes(body)
        known = set()
        for earlier in after:
            other = next(item for item in self.cases if item["name"] == earlier)
            reference(self.accounts[other["account"]], other, self._bodies[earlier], known)
        computed = reference(self.accounts[account], case, as_bytes(body), known)
        assert computed == expect, "%s: written %r, reference %r" % (name, expect, computed)
        case["expect"] = expect
        self.cases.append(case)

    def document(self):
        return {"about": self.about, "accounts": self.accounts, "cases": self.cases}


# --- Known answers ------------------------------------------------------------------------------

# The published vectors, under the names they have in docs and comments: T* WeChat, P* and V*
# WeCom, K* Weibo. "message" is what the ciphertext must decrypt to.

WX_ZERO_KEY = "A" * 43
WX_SAMPLE_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
WX_KEY = "GatewayFixtureKey0123456789abcdefghijklmno7"
WX_TOKEN = "gwFixtureToken01"
WX_APP = "wx5f1e2d3c4b5a6978"
WX_GH = "gh_0a1b2c3d4e5f"
WX_OPENID = "oFx9T5k2VbQ7nLw3RzHc8YdUjMsE"
WX_COMPONENT = "wxc0ffee0123456789"

T3 = dict(
    token="AAAAA", key=WX_ZERO_KEY, timestamp="1714112445", nonce="415670741",
    signature="6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    msg_signature="046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
    random="a8eedb185eb2fecf", receive_id="wxba5fad812f8e6fb9", pad=19,
    encrypt="+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJ"
            "GQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRS"
            "rfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcf"
            "BgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=",
    message='{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",'
            '"CreateTime":1714112445,"MsgType":"event","Event":"debug_demo",'
            '"debug_str":"hello world"}')

T4 = dict(
    token="AAAAA", key=WX_ZERO_KEY, timestamp="1713424427", nonce="415670741",
    msg_signature="1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1", random="707722b803182950",
    receive_id="wxba5fad812f8e6fb9", pad=1, message='{"demo_resp":"good luck"}',
    encrypt="ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==")

T5 = dict(
    token="spamtest", key=WX_SAMPLE_KEY, timestamp="1409735669", nonce="1320562132",
    signature="16120ec1b8dbb870f510d87ce6bc2463eae6ca1a",
    msg_signature="5d197aaffba7e9b25a30732f161a50dee96bd5fa",
    random="89465c840c5f116f", receive_id="wx2c2769f8efd9abc2", pad=2,
    encrypt="hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x"
            "6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T"
            "332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciV"
            "GCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6"
            "OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE=",
    message=None)

T7 = dict(
    token=WX_TOKEN, key=WX_KEY, timestamp="1760000002", nonce="882346175",
    signature="3e23960bcd463149360feffbf74d2a11383eec39",
    msg_signature="0f7cb3a828d4838e9ac83ad47cb35e55fc01b82c",
    random="0123456789abcdef", receive_id=WX_APP, pad=32,
    encrypt="L394d8X4qzNFncJ5RG/4XvKDv8JikSCERoPJsKC7LwGiUCu/Q/qOjJQVthVW2LMOCNF2a4rsuaFby7P9vll0MeH"
            "ALBEvLpn6fIm0WlGrVo7TrPpk/8EYnAIPMm5cLJ+40dvwn29t3nOpDepvVcTF3dI6QkWDxbHiNskFG6YMhETynJ"
            "PMygiEkZE4zb1eFJIpyCIS35OEH7VrJGLLxjRBYifaNrNFRNIKTqB8b4Lymp6ItIhc+LYCtaxqy3I6PNe4RBMy0"
            "O93etHu6UWDEnleaVM3/2IUna+6WEzzM1jffvfg+/cBtXkfK1H90Y9useijq3glEj7VVh8HS5jwVhv3tdycV4J2"
            "xAfoROeJymjv1rEIShA//K0xusNquLcvp7n7/zfdmQjKtUfE9KO7nwHSlQ0PQk6XAgt5T0x0tUT3hajKl4MEk1n"
            "ngGriGLkL2Xn3nCkuhZzY8ciBCiBsc+Xopg==",
    message="<xml><ToUserName><![CDATA[gh_0a1b2c3d4e5f]]></ToUserName>\n<FromUserName><![CDATA["
            "oFx9T5k2VbQ7nLw3RzHc8YdUjMsE]]></FromUserName>\n<CreateTime>1760000001</CreateTime>\n"
            "<MsgType><![CDATA[text]]></MsgType>\n<Content><![CDATA[退货\U0001F600x]]></Content>\n"
            "<MsgId>24982365870011223</MsgId>\n</xml>")

T8 = dict(
    token=WX_TOKEN, key=WX_KEY, timestamp="1760000102", nonce="55512",
    msg_signature="e75c86d01738e5da8adf80554fabb654e152d40a",
    random="0123456789abcdef", receive_id=WX_APP, pad=26,
    encrypt="L394d8X4qzNFncJ5RG/4XhfevAx8STPEgXUEyd6dEnS83rWyJFQ9mJAYP4naxViY/D8NShM4NELQDKeBRgH+08G"
            "CzFfWZTuQ2mMZxDFZ6MuK8XOCouLjk8Jn+fGa/Ud6WEjrzS0SxGIeKi9hf+LC9UGFbzKQu0MkP7SUlUPZ223WDF"
            "89t6wtz3qHb36huzkh7MhWEASzTgfemJ4qfiVgwJgu/TIV8AFs7fNK1QveoLYAGc9qfVlAEItd67eDsl6UyUuxN"
            "rUXBSHYRhIabp9nWGQrxsOmKlqRP393NOyISAXeYzJtRuspQ8d/+QmFRw6neqoPyYJyWtGgv4nXb54Z/A==",
    message='{"ToUserName":"gh_0a1b2c3d4e5f","FromUserName":"oFx9T5k2VbQ7nLw3RzHc8YdUjMsE",'
            '"CreateTime":1760000101,"MsgType":"event","Event":"user_enter_tempsession",'
            '"SessionFrom":"order:9007199254740993"}')

T9 = dict(
    token=WX_TOKEN, key=WX_KEY, timestamp="1760000201", nonce="10086",
    msg_signature="d52ef5bce121029754a20e3c0900699f1c65569f",
    random="0123456789abcdef", receive_id=WX_COMPONENT, pad=13,
    encrypt="L394d8X4qzNFncJ5RG/4Xq5ICoNP59EjREdFR4w0dxFXGUUvpJK6c1i23GmQWuoKxvpKYdF9lXr9RPF10julKb7"
            "OmKjUwAJChT25JV1UFLejmT3Ki2dfM/2r6xcy6KA14RYYmvkZs5s6/DcsYyAmfs9M3cR8C3Vq1V5jXRDmwCfym5"
            "cD9s2Tl4qWaSFgvT5OtNC1Hs0lQxRK4VmQaAGbhjNxT4YVUEdW0BhPpwuW8TR6CPvbKDjwCysRQ+nXEV0ZZ++yP"
            "n9uD/7hdtedTd5GPHQscFa5fId1BpATnzo0ECKBdG8d+KmwUn8x4iProfHxk5gV5oqw5W8PLyb2p0WUk8dZTc7a"
            "CoMaXJeYxsfI61wahnHkLNI23TyytEYW60UE",
    message="<xml><AppId><![CDATA[wxc0ffee0123456789]]></AppId><CreateTime>1760000200</CreateTime>"
            "<InfoType><![CDATA[component_verify_ticket]]></InfoType><ComponentVerifyTicket><![CDATA["
            "ticket@@@Zm9vYmFyLXN5bnRoZXRpYw]]></ComponentVerifyTicket></xml>")

QY_SAMPLE_KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
QY_SAMPLE_CORP = "wx5823bf96d3bd56c7"
QY_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
QY_TOKEN = "GwTestToken2026"
QY_CORP = "ww5a1c0de5a1c0de01"
QY_SUITE = "ww51de5a1c0de51de2"
QY_PROVIDER = "ww0b5e55ed0b5e55ed"
QY_TENANT = "ww7e4a47c0de7e4a47"

P1 = dict(
    token="QDG6eK", key=QY_SAMPLE_KEY, timestamp="1409659813", nonce="1372623149",
    msg_signature="477715d11cdb4164915debcba66cb864d751f3e6",
    random="0960688932c47ef1", receive_id=QY_SAMPLE_CORP, pad=30,
    encrypt="RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3Qcz"
            "cdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8q"
            "Ljvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4L"
            "UMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rU"
            "PA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXd"
            "Q2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q==",
    message=None)

P2 = dict(
    token="QDG6eK", key=QY_SAMPLE_KEY, timestamp="1409659589", nonce="263014780",
    msg_signature="5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
    random="c41b64491c2468d0", receive_id=QY_SAMPLE_CORP, pad=7, message="1616140317555161061",
    encrypt="P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==")

P3 = dict(
    token="QDG6eK", key=QY_SAMPLE_KEY, timestamp="1409659813", nonce="1372623149",
    msg_signature="1f3153b7abd0ba99b4ab2e57fac2376110d03a3c",
    random="WSaxmGcGQ0R23jRP", receive_id=QY_SAMPLE_CORP, pad=10, message=None,
    encrypt="pvXgeha3nZ7UQ2DG3WD3IVsNJR38QVl1+h+wmLQHIAwEG3Jey2aTZtvAWzhEZ9JEKGwIUMBWX3JlUhfo7O7Wbv"
            "I10vHIsdSNr1nr3LuOwAfnwLJAMQNDxi5tHUl08Op59jxOL73r8+g60KOxMTaFwXzlr9Yxgq5ey5nzNb/2vDjjv"
            "DZNXkJVmL/XWnv6PXrVbTpNxphqWRv2BpPYqvwRMkHgdFliatljMVlkkRHS40FOHmtBhj/4RXtIexfDx8opBXwi"
            "0L9RTlYNQzGx+FA+74xVHG7Le/pmNDwc2Ri5mbw=")

P4 = dict(
    token="123456", key="kWxPEV2UEDyxWpmPdKC3F4dgPDmOvfKX1HGnEUDS1aR", timestamp="1411443780",
    nonce="437374425", msg_signature="dd6b9c95b495b3f7e2901bfbc76c664930ffdb96",
    receive_id="wx49f0ab532d5d035a", message="5927782489442352469",
    encrypt="4ByGGj+sVCYcvGeQYhaKIk1o0pQRNbRjxybjTGblXrBaXlTXeOo1+bXFXDQQb1o6co6Yh9Bv41n7hOchLF6p+Q==")

P6 = dict(
    key="4Ma3YBrSBbX2aez8MJpXGBne5LSDwgGqHbhM9WPYIws", receive_id="ww6a112864f8022910",
    message="94966531020182955848408",
    encrypt="6KmUQuPVu7UhjyVqRdbo5SfcRqaHvbUlKSHFvBV2ZuR6TIlKsygcfeSd1GDplg1C5KSKr6UPHCaC/nIX3ZNt9w==")


def _v(message, receive_id, pad, encrypt, msg_signature):
    return dict(token=QY_TOKEN, key=QY_KEY, timestamp="1767225600", nonce="1985211417",
                random="0123456789abcdef", message=message, receive_id=receive_id, pad=pad,
                encrypt=encrypt, msg_signature=msg_signature)


V1 = _v("8823417733540091275", QY_CORP, 7,
        "4j/AuRx71kQlxVlzbpsMWNKm1k4CFpx+uEmiVYPNUiGT5xo5B9zzyf8ovCKTTYJP/b0GUs3U53tMlQBdjnNvWA==",
        "08a1ff783b4eba5a99a27bc93897c188b2291f30")
V2 = _v("<xml><SuiteId><![CDATA[ww51de5a1c0de51de2]]></SuiteId><InfoType> <![CDATA[suite_ticket]]>"
        "</InfoType><TimeStamp>1767225600</TimeStamp><SuiteTicket><![CDATA[tkt_demo_0001]]>"
        "</SuiteTicket></xml>", QY_SUITE, 27,
        "4j/AuRx71kQlxVlzbpsMWCKRhLGYguioo28L+w5aAGxWtPLtzIO15DmXR02CgkGgO0/Ft6Al7QsIz27G39G1SWTXAq"
        "QkUNPFKmev23+1rT9M9rf137mL8i8I+/fxTOchLwMadFS3n8ypufXtNW1lNhfisx+pZSYEGW5WTsY1EYZtrkE11kJk"
        "JbAJ5IK3G0Vhfn3cJBDSpAXcDz1PEfCxWY1KuYYcPMs/O9smBEz82sz18x0DClEWhfPebzTH7xxbTcUT3Jw1dwlPyv"
        "LhUiZlEEYE4Ov1sKVoOf+nFoS9MTfxqSOiblXFxfWGMYf2BUEf93o4/4jCbXWP9EPIKfjNiQ==",
        "b0cb3993c6b579accf7267bafb2579637de344b6")
V3 = _v('{"msgid":"CAIQdemo\\/0001=","aibotid":"aibDemo01","chattype":"single","from":{"userid":'
        '"lina"},"response_url":"https:\\/\\/qyapi.weixin.qq.com\\/cgi-bin\\/aibot\\/response?'
        'response_code=RC0001","msgtype":"text","text":{"content":"你好"}}', "", 3,
        "4j/AuRx71kQlxVlzbpsMWBtHY3rHWkV8nQJ146wmibvxrxYKYMb5flbjS+vBLaj87Pfp/fhaScxEn4L1li96nyNcWL"
        "il1gSAdDWseacA7X8eov2foLTYxWmTigBEqx/trwJyvSQm9ctLcmqkKCn0KSe5RPl55nu69MvX5dQ+eD0MFd0atMBF"
        "CyHbkGbR1M6iqFUFh+CGCj+46AEW5ULHWcGNCJd4Jxm3sViJDr/qMMWJGcdjSAvn10IxCjknSmHlEhYlyNxLHxb2au"
        "Wmx1ePTXnHNffc/48mK3gjBCxeNLhMso53FjJgk9+UgBATIgbrUDYwq18EcywIH22/YQ6EUA==",
        "fbb1e4187561770c02245d2e16da63a9bc7c4a7a")
V4 = _v("abcdefghijklmnopqrstuvwxyz", QY_CORP, 32,
        "4j/AuRx71kQlxVlzbpsMWO9kIMy5sMRvIq8xx0hrt8p+ZqCblfvwKw8JL9fRtuKdONbOj02TG7cDETPXtqdw5F+uiT"
        "IV2JCtlAfN76s1xBC86dJXgVN1YjdbCtxohr1Z", "2ab409c837cc553f79f863dce8c006077cff8f7f")
V5 = _v("abcdefghijklmnopqrstuvwxyz0", QY_CORP, 31,
        "4j/AuRx71kQlxVlzbpsMWHgwblq4q4AoufqK9kZZDtRx5knmSQm5rnics8SrLM+8h70sdnwJV45s7UOt6LirbgCzR3"
        "C7dFIL8INTUwKrpZaaDd+uebBpEUNGY+taw7Nz", "de25b0fc0bb87d0a9dbf87c578b1dc1d8efea593")
V6 = _v("abcdefghijklmnopqrstuvwxy", QY_CORP, 1,
        "4j/AuRx71kQlxVlzbpsMWDr1sZqu0+63Sd+35YdzG64MrqNXW9O+6zp/oZTjJYF11oasBLUvfNm9ctkxCgIIRQ==",
        "343a392f1940ca918132f4fe420f190dc629e155")
V7 = _v("", "", 12, "4j/AuRx71kQlxVlzbpsMWM4cLXAIcGv39KvAS8cQTXc=",
        "d3b79edd0cdbbb96ff0f854f8f076aeec97cb4b1")

WEIBO_KEYS = {
    "K1": ("xyz123xyz", "1397022061823", "57155157", "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"),
    "K2": ("demo", "1639017506000", "57155157", "233dae8d74f45a1ad1f5671a974c485ccd1ac3c5"),
    "K3": ("appsecretEnF5leY4V", "1416794721093", "213674821",
           "4281a145e46aa978f0140e45ae2853c10b82e2c9"),
    "K4": ("f1x7ureSecretWeiboGateway0001", "1709618829123", "1099511627",
           "5100f887a4999d39bc8cc5ad7455218ffa7ba293"),
    "K5": ("0f1x7ureSecretWeiboGateway", "1709618829123", "840021",
           "e9747d98ae432106ea500bb5dbbec3f96ed2e480"),
    "K6": ("3cf1x7ureSecret", "1709618829123", "840021",
           "9de45be8ff3b69fac3ed68b356328c7057ad5104"),
    "K7": ("Zf1x7ureSecret", "1709618829123", "aQ9k2",
           "ee7ad67072fd23f158ece4e16e4986c269edfa0a"),
}


def known_answers():
    """Recomputes every published value; stops at the first that differs."""
    assert sign("AAAAA", "1714036504", "1514711492") == "f464b24fc39322e44b38aa78f5edd27bd1441696"
    assert sign("AAAAA", "1714037059", "486452656") == "899cf89e464efb63f54ddac96b0a0a235f53aa78"
    assert aes_key(WX_SAMPLE_KEY).hex() == (
        "69b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3d0010831051")
    assert aes_key(WX_KEY).hex() == (
        "19ab5ec1ac858b1b6eade29ecb4d76df8e7aefcf5a6dc75e7e08628e49669e8e")
    assert aes_key(QY_SAMPLE_KEY).hex() == (
        "8d69989bbaabe67328014c194631ad0719b3dca035b64023df292447aab60760")
    assert aes_key(WX_ZERO_KEY) == bytes(32) and aes_key(QY_KEY) == bytes(range(32))
    # T6 (UTF-8 text) is a ciphertext without a signature.
    assert seal(WX_SAMPLE_KEY, "aaaabbbbccccdddd", "我是中文abcd123", "wxb11529c136998cb6") == (
        "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg==")

    for vector in (T3, T4, T5, T7, T8, T9, P1, P2, P3, P4, P6, V1, V2, V3, V4, V5, V6, V7):
        random, message, receive_id, pad = unseal(vector["key"], vector["encrypt"])
        if vector.get("message") is None:
            vector["message"] = message.decode()
        assert message == vector["message"].encode()
        assert receive_id == vector["receive_id"].encode()
        assert random == vector.get("random", random) and pad == vector.get("pad", pad)
        assert seal(vector["key"], random, message, receive_id) == vector["encrypt"]
        if "msg_signature" in vector:
            assert vector["msg_signature"] == sign(vector["token"], vector["timestamp"],
                                                   vector["nonce"], vector["encrypt"])
        if "signature" in vector:
            assert vector["signature"] == sign(vector["token"], vector["timestamp"],
                                               vector["nonce"])
    assert len(T5["message"].encode()) == 280 and "<![CDATA[abcdteT]]>" in T5["message"]
    assert "<MsgId>6054768590064713728</MsgId>" in T5["message"]
    assert len(P1["message"].encode()) == 284 and "<![CDATA[hello]]>" in P1["message"]
    assert "<MsgId>4561255354251345929</MsgId>" in P1["message"]
    assert len(P3["message"].encode()) == 176 and ': :mycreate"' in P3["message"]

    for secret, timestamp, nonce, signature in WEIBO_KEYS.values():
        assert sign(secret, timestamp, nonce) == signature
    # Numbers sorted as numbers or parts left unsorted do not reproduce the published values.
    assert join_sha1("57155157", "1397022061823", "xyz123xyz") != WEIBO_KEYS["K1"][3]


# --- Senders ------------------------------------------------------------------------------------

def cdata(text):
    return "<![CDATA[%s]]>" % text


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Sender:
    """Sends well-formed encrypted callbacks to one account; every part can be replaced."""

    def __init__(self, kit, account, receive_id, base, wrap, suffix="", openid=None, prefix=""):
        self.kit, self.account, self.receive_id = kit, account, receive_id
        self.base, self.wrap, self.suffix = base, wrap, suffix
        self.openid, self.prefix = openid, prefix
        self.settings = kit.accounts[account]
        self.token, self.key = self.settings["token"], self.settings["aes_key"]

    def seal(self, name, clear, receive_id=None, **how):
        receive_id = self.receive_id if receive_id is None else receive_id
        return seal(self.key, random_of(name), clear, receive_id, **how)

    def moment(self, name):
        return self.base + number_of(name, 3000)

    def query(self, timestamp, nonce, msg_signature, drop=(), signature=None):
        pairs = [("msg_signature", msg_signature), ("timestamp", timestamp), ("nonce", nonce)]
        if self.settings["channel"] == "wechat":
            plain = signature or sign(self.token, timestamp, nonce)
            pairs = [("signature", plain), ("timestamp", timestamp), ("nonce", nonce)]
            if self.openid:
                pairs.append(("openid", self.openid))
            pairs += [("encrypt_type", "aes"), ("msg_signature", msg_signature)]
        return query_of([pair for pair in pairs if pair[0] not in drop])

    def post(self, name, why, clear, expect=None, receive_id=None, timestamp=None, nonce=None,
             now_ms=None, late_ms=1200, encrypt=None, sign_over=None, length=None, pad=None,
             wrap=None, msg_signature=None, signature=None, drop=(), query=None, body=None,
             suffix=None, after=()):
        name = self.prefix + name
        moment = self.moment(name)
        if timestamp is None:
            timestamp = str(moment)
        elif re.fullmatch(r"0*[0-9]{1,10}", timestamp):
            moment = int(timestamp)
        if now_ms is None:
            now_ms = moment * 1000 + late_ms
        if nonce is None:
            nonce = str(100000 + number_of("nonce " + name, 900000000))
        if encrypt is None:
            encrypt = self.seal(name, clear, receive_id, length=length, pad=pad)
        if msg_signature is None:
            msg_signature = sign(self.token, timestamp, nonce,
                                 encrypt if sign_over is None else sign_over)
        if callable(msg_signature):
            msg_signature = msg_signature(timestamp, nonce, encrypt)
        if query is None:
            query = self.query(timestamp, nonce, msg_signature, drop, signature)
        elif callable(query):
            query = query(timestamp, nonce, msg_signature)
        if body is None:
            body = (wrap or self.wrap)(encrypt)
        if suffix is None:
            suffix = self.suffix
        self.kit.add(name, why, self.account, "POST", query, now_ms,
                     accept(clear) if expect is None else expect, body, suffix, after)

    def echo(self, name, why, message, expect=None, receive_id=None, timestamp=None, nonce=None,
             now_ms=None, late_ms=1200, echostr=None, msg_signature=None, query=None, drop=(),
             suffix=None, length=None, pad=None):
        """A WeCom address check: echostr is ciphertext and the fourth signed part."""
        name = self.prefix + name
        moment = self.moment(name)
        if timestamp is None:
            timestamp = str(moment)
        elif re.fullmatch(r"[0-9]{1,10}", timestamp):
            moment = int(timestamp)
        if now_ms is None:
            now_ms = moment * 1000 + late_ms
        if nonce is None:
            nonce = str(100000 + number_of("nonce " + name, 900000000))
        if echostr is None:
            echostr = self.seal(name, message, receive_id, length=length, pad=pad)
        if msg_signature is None:
            msg_signature = sign(self.token, timestamp, nonce, echostr)
        if query is None:
            query = query_of([pair for pair in (
                ("msg_signature", msg_signature), ("timestamp", timestamp), ("nonce", nonce),
                ("echostr", echostr)) if pair[0] not in drop])
        self.kit.add(name, why, self.account, "GET", query, now_ms,
                     echo(message) if expect is None else expect, b"",
                     self.suffix if suffix is None else suffix)


def replay(kit, name, why, of, expect, now_ms=None, body=None, query=None, after=None):
    """Sends the request of an earlier case once more, with another clock, body or query."""
    first = next(case for case in kit.cases if case["name"] == of)
    kit.add(name, why, first["account"], first["method"],
            first["query"] if query is None else query,
            first["now_ms"] + 900 if now_ms is None else now_ms, expect,
            kit._bodies[of] if body is None else body, first["suffix"],
            [of] if after is None else after)


def with_pad(make, receive_id, wanted):
    """The document make(filler) with as many filler letters as its padding needs to be
    `wanted` bytes."""
    for count in range(32):
        clear = make("x" * count)
        if 32 - (20 + len(clear.encode()) + len(receive_id)) % 32 == wanted:
            return clear
    raise AssertionError(wanted)


def set_byte(text, index, xor):
    """The base64 text of the same ciphertext with one byte changed."""
    data = bytearray(base64.b64decode(text))
    data[index] ^= xor
    return base64.b64encode(data).decode()


def other_letter(text, index):
    return text[:index] + ("A" if text[index] != "A" else "B") + text[index + 1:]


LAUGHS = ('<!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
          '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">'
          '<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>')


def nest_xml(levels):
    """An element that is `levels` deep in itself."""
    return "<d>" * levels + "</d>" * levels


def common_cases(s, j, xml, js):
    """What every encrypted account must get right. `s` sends XML and `j` JSON envelopes;
    xml(content) and js(content) give a new message with that text."""
    prefix = s.prefix

    def get(name):
        return next(case for case in s.kit.cases if case["name"] == prefix + name)

    # Signature and parameters.
    s.post("good-xml", "A plain correct callback, so that a receiver which refuses everything "
           "does not pass.", xml("订单 12034 什么时候发货?"))
    j.post("good-json", "The same envelope as JSON; the first byte of the body decides, not the "
           "configuration.", js("订单 12035 可以改地址吗?"))
    s.post("mixed-envelope-json-clear-xml", "A JSON envelope around an XML message: each layer is "
           "recognised on its own.", xml("能开发票吗?"), wrap=j.wrap)
    s.post("mixed-envelope-xml-clear-json", "An XML envelope around a JSON message: each layer is "
           "recognised on its own.", js("发票抬头写错了"))
    s.post("msg-signature-over-three-parts", "msg_signature holds the value that belongs into "
           "signature and covers no ciphertext; accepting it leaves the body unauthenticated.",
           xml("请尽快处理"), refuse("bad_signature"),
           msg_signature=lambda ts, nonce, _: sign(s.token, ts, nonce))
    s.post("only-signature", "Only the three-part signature is sent; a receiver that falls back to "
           "it accepts any body.", xml("在吗"), refuse("missing_parameter"),
           query=lambda ts, nonce, _: query_of([("signature", sign(s.token, ts, nonce)),
                                                ("timestamp", ts), ("nonce", nonce)]))
    s.post("four-part-in-signature", "The four-part value is sent under the name signature and "
           "msg_signature is missing; the names must not be mixed up.", xml("有人吗"),
           refuse("missing_parameter"), query=lambda ts, nonce, value: query_of([
               ("signature", value), ("timestamp", ts), ("nonce", nonce)]))
    for parameter in ("timestamp", "nonce"):
        s.post("missing-" + parameter, "The parameter %s is missing; it must not be read as an "
               "empty string, over which a signature could be right." % parameter,
               xml("缺少 " + parameter), refuse("missing_parameter"), drop=(parameter,),
               msg_signature=lambda ts, nonce, sealed, gone=parameter: sign(
                   s.token, sealed, *([nonce] if gone == "timestamp" else [ts])))
        s.post("empty-" + parameter, "The parameter %s is empty; the signature over the empty "
               "string is right, yet it counts as missing." % parameter, xml("空的 " + parameter),
               refuse("missing_parameter"), **{parameter: ""})
    s.post("empty-msg-signature", "msg_signature is empty; a comparison over the length of the "
           "given value would find no difference.", xml("没有签名"), refuse("missing_parameter"),
           msg_signature="")
    s.post("no-query", "A callback without any query parameter.", xml("没有参数"),
           refuse("missing_parameter"), query="")
    s.post("short-msg-signature", "The first 39 digits of the right signature; a comparison over "
           "the shorter length would accept it.", xml("短了一位"), refuse("bad_signature"),
           msg_signature=lambda ts, nonce, sealed: sign(s.token, ts, nonce, sealed)[:39])
    s.post("long-msg-signature", "The right signature with one digit more; a comparison over 40 "
           "digits would accept it.", xml("多了一位"), refuse("bad_signature"),
           msg_signature=lambda ts, nonce, sealed: sign(s.token, ts, nonce, sealed) + "0")
    s.post("wrong-last-digit", "Only the last digit of the signature is wrong.", xml("错了一位"),
           refuse("bad_signature"), msg_signature=lambda ts, nonce, sealed: (
               lambda good: good[:39] + ("0" if good[39] != "0" else "1"))(
                   sign(s.token, ts, nonce, sealed)))
    s.post("upper-case-signature", "The hexadecimal digits are upper case; that is the same "
           "number.", xml("大写签名"),
           msg_signature=lambda ts, nonce, sealed: sign(s.token, ts, nonce, sealed).upper())
    s.post("other-token", "Signed with another token.", xml("别的令牌"), refuse("bad_signature"),
           msg_signature=lambda ts, nonce, sealed: sign(s.token + "x", ts, nonce, sealed))
    s.post("string-sort", "The nonce is the smaller number but the greater string; a receiver that "
           "sorts numbers refuses this good callback.", xml("字符串排序"), nonce="99")
    s.post("numeric-sort", "Signed after sorting by number; only a receiver with that mistake "
           "accepts it.", xml("数字排序"), refuse("bad_signature"), nonce="98",
           msg_signature=lambda ts, nonce, sealed: join_sha1(
               *([nonce, ts] + sorted([s.token, sealed]))))
    s.post("unsorted", "Signed over token, timestamp, nonce and ciphertext in this order, without "
           "sorting.", xml("没有排序"), refuse("bad_signature"),
           msg_signature=lambda ts, nonce, sealed: join_sha1(s.token, ts, nonce, sealed))
    s.post("sort-case", "The nonce begins with a small letter and sorts behind every capital; a "
           "sort that ignores case refuses this good callback.", xml("大小写排序"), nonce="aZ09kq")
    s.post("nonce-plus", "The nonce holds a bare plus sign, which is no blank: only %XX is "
           "decoded in the query.", xml("加号"), nonce="7+25",
           query=lambda ts, nonce, value: "msg_signature=%s&timestamp=%s&nonce=7+25" % (value, ts))
    s.post("nonce-percent", "The nonce is sent with percent escapes and signed as decoded text.",
           xml("百分号"), nonce="7/25 a")
    s.post("nonce-broken-escape", "The nonce holds a percent sign that begins no escape; it stays "
           "as it is.", xml("坏的转义"), nonce="5%zz",
           query=lambda ts, nonce, value: "msg_signature=%s&timestamp=%s&nonce=5%%zz" % (value, ts))
    s.post("parameter-order", "The parameters come in another order with an unknown one between "
           "them.", xml("参数顺序"), query=lambda ts, nonce, value: query_of([
               ("nonce", nonce), ("from", "gw"), ("msg_signature", value), ("timestamp", ts)]))
    s.post("repeated-signature-good-first", "msg_signature comes twice and the first is right; the "
           "first counts.", xml("重复参数一"), query=lambda ts, nonce, value: query_of([
               ("msg_signature", value), ("timestamp", ts), ("nonce", nonce),
               ("msg_signature", "0" * 40)]))
    s.post("repeated-signature-bad-first", "msg_signature comes twice and only the second is right; "
           "the first counts.", xml("重复参数二"), refuse("bad_signature"),
           query=lambda ts, nonce, value: query_of([
               ("msg_signature", "0" * 40), ("timestamp", ts), ("nonce", nonce),
               ("msg_signature", value)]))
    s.post("repeated-timestamp", "A stale timestamp first and a fresh one behind it; the signature "
           "is over the first, which also decides about freshness.", xml("重复时间"),
           refuse("stale_timestamp"), timestamp=str(s.base - 86400), now_ms=s.base * 1000,
           query=lambda ts, nonce, value: query_of([
               ("msg_signature", value), ("timestamp", ts), ("nonce", nonce),
               ("timestamp", str(s.base))]))
    s.post("leading-zero-timestamp", "The timestamp has leading zeros; it is signed as received "
           "and a receiver that prints the number again computes another signature.",
           xml("前导零"), timestamp="00%d" % (s.base + 77))

    # Ciphertext that was tampered with.
    clear = xml("请把订单 12036 退掉")
    flipped = other_letter(s.seal(prefix + "flipped", clear), 40)
    s.post("flipped-letter", "One letter of the ciphertext was changed on the way.", clear,
           refuse("bad_signature"), encrypt=flipped,
           sign_over=s.seal(prefix + "flipped", clear))
    sealed = s.seal(prefix + "flipped", clear)
    s.post("flipped-last-block-resigned", "A byte in the last block was changed and the result "
           "signed again: the padding is no longer one.", clear, refuse("bad_padding"),
           encrypt=set_byte(sealed, -3, 0x55))
    s.post("flipped-length-resigned", "A bit in the first block was changed and the result signed "
           "again: it turns the top bit of the inner length.", clear, refuse("bad_length"),
           encrypt=set_byte(sealed, 0, 0x80))
    at = 20 + len(clear.encode())
    s.post("flipped-receive-id-resigned", "A bit was changed so that one letter of the receive id "
           "differs, and the result signed again.", clear, refuse("wrong_receive_id"),
           encrypt=set_byte(sealed, at - 16, 0x01))
    s.post("other-key", "Encrypted with another key and signed with the right token; the padding "
           "is wrong with all but a small chance, and here it is.", clear, refuse("bad_padding"),
           encrypt=seal(QY_SAMPLE_KEY, random_of(prefix + "other key"), clear, s.receive_id))

    # Base64.
    def twist(name, why, change, reason="bad_base64", content=None, look=""):
        tries = 0
        while True:
            text = "%s %d" % (content or name, tries)
            sealed = s.seal(prefix + name + str(tries), xml(text))
            if all(letter in sealed for letter in look) and change(sealed) != sealed:
                break
            tries += 1
        s.post(name, why, xml(text), refuse(reason), encrypt=change(sealed))

    twist("base64-foreign-letter", "A letter outside the alphabet stands in the signed "
          "ciphertext; a lenient decoder drops it.", lambda t: t[:20] + "*" + t[21:])
    twist("base64-foreign-letter-added", "A foreign letter was added to good base64; a decoder that "
          "skips it gets the right bytes.", lambda t: t[:20] + "." + t[20:])
    twist("base64-url-alphabet", "The alphabet for URLs, with - and _ in the place of + and /.",
          lambda t: t.replace("+", "-").replace("/", "_"), look="+/")
    twist("base64-line-break", "A line break after 76 letters, as mail programs write it, inside "
          "the ciphertext and its signature.", lambda t: t[:76] + "\n" + t[76:])
    twist("base64-blank", "A blank inside the ciphertext; the repair of blanks belongs to echostr "
          "alone.", lambda t: t.replace("+", " ", 1), look="+")
    twist("base64-no-padding", "The padding signs at the end were left out.",
          lambda t: t.rstrip("="), look="=")
    twist("base64-short-padding", "One of two padding signs was left out.",
          lambda t: t[:-1] if t.endswith("==") else t, look="=")
    twist("base64-long-padding", "More padding signs than a quartet can have.",
          lambda t: t + "====")
    twist("base64-after-padding", "More text follows the padding; a decoder that stops at the "
          "first = never sees it.", lambda t: t + "AAAA", look="=")
    twist("base64-padding-inside", "A padding sign stands inside the text.",
          lambda t: t[:30] + "=" + t[31:])
    twist("base64-one-letter-more", "One letter is left over behind the last quartet.",
          lambda t: t.rstrip("=") + "A" * ((1 - len(t.rstrip("="))) % 4))
    twist("base64-only-padding", "Nothing but padding signs.", lambda t: "====")
    twist("base64-wide-letter", "A full-width letter, three bytes of UTF-8, in the ciphertext.",
          lambda t: t[:8] + "\uff21" + t[9:])

    # Ciphertext length.
    def raw(name, why, data, reason):
        s.post(name, why, b"", refuse(reason), encrypt=base64.b64encode(data).decode())

    block = cbc_encrypt(s.key, b"0123456789abcdef" * 4)
    raw("cipher-3-bytes", "Good base64 of three bytes.", block[:3], "bad_length")
    raw("cipher-16-bytes", "One AES block; it decrypts, but no message fits in it.", block[:16],
        "bad_length")
    raw("cipher-31-bytes", "One byte less than the smallest ciphertext.", block[:31], "bad_length")
    raw("cipher-33-bytes", "One byte more than two blocks; rounding down would read on.",
        block[:33], "bad_length")
    raw("cipher-40-bytes", "Two and a half blocks.", block[:40], "bad_length")

    # Padding. `fill` gives the padded buffer.
    def padded(name, why, fill, reason):
        s.post(name, why, xml("填充 " + name), refuse(reason), pad=fill)

    def to_block(data, last):
        """Data filled up with sevens so that the length is a multiple of 32 and the end is
        `last`."""
        return data + b"\x07" * (-(len(data) + len(last)) % 32) + last

    padded("padding-0", "The last byte is 0; a receiver that strips nothing hands out the "
           "padding.", lambda d: to_block(d, b"\0"), "bad_padding")
    padded("padding-33", "33 bytes of value 33: all equal, but more than a block of 32.",
           lambda d: to_block(d, bytes([33]) * 33), "bad_padding")
    padded("padding-48", "48 bytes of value 48; only the upper limit speaks against it.",
           lambda d: to_block(d, bytes([48]) * 48), "bad_padding")
    padded("padding-255", "The last byte is 255; a receiver that trusts it reads before the "
           "buffer.", lambda d: to_block(d, b"\xff"), "bad_padding")
    padded("padding-not-uniform", "The last byte says 5 and the second to last differs; a receiver "
           "that looks at one byte accepts it.", lambda d: to_block(d, b"\5\5\5\4\5"),
           "bad_padding")
    padded("padding-not-uniform-first", "Only the first padding byte differs; all of them must be "
           "compared.", lambda d: to_block(d, bytes([9]) + bytes([10]) * 9), "bad_padding")
    padded("padding-ansi", "Zeros and a count at the end, as another padding scheme has it.",
           lambda d: to_block(d, b"\0" * 5 + b"\6"), "bad_padding")
    for count in list(range(17, 33)):
        s.post("padding-%d" % count, "A padding of %d bytes is right; an unpadder for blocks of 16 "
               "refuses it." % count if count < 32 else "The message ends on a block boundary and "
               "a full block of 32 padding bytes follows.",
               with_pad(lambda filler, count=count: xml("填充 %d %s" % (count, filler)),
                        s.receive_id, count))
    padded("padding-full-block-of-zeros", "A whole last block of zeros.",
           lambda d: d + bytes(64 - len(d) % 32), "bad_padding")
    sixteen = with_pad(lambda filler: xml("块长十六 " + filler), s.receive_id, 21)
    s.post("padding-block-16", "Padded to a multiple of 16 only, which is the weakest length a "
           "receiver accepts.", sixteen, pad=lambda d: d + bytes([5]) * 5)

    # The inner length.
    def inner(name, why, value, reason, content="长度"):
        s.post(name, why, xml(content + " " + name), refuse(reason), length=value)

    inner("inner-length-all-ones", "The inner length is 0xffffffff; as a signed number it is -1.",
          b"\xff" * 4, "bad_length")
    inner("inner-length-wraps", "The inner length is 0xffffffec, and 20 more are 0 in 32 bits.",
          (0xffffffec).to_bytes(4, "big"), "bad_length")
    inner("inner-length-top-bit", "The inner length is 0x80000000, the smallest signed number.",
          b"\x80\0\0\0", "bad_length")
    clear = xml("多读一个字节")
    total = len(clear.encode()) + len(s.receive_id)
    s.post("inner-length-one-too-many", "The inner length is one more than what is left; reading it "
           "takes a byte of the padding.", clear, refuse("bad_length"),
           length=(total + 1).to_bytes(4, "big"))
    if s.receive_id:
        s.post("inner-length-takes-all", "The inner length takes the receive id into the message; "
               "it fits, but no receive id is left.", clear, refuse("wrong_receive_id"),
               length=total.to_bytes(4, "big"))
    s.post("inner-length-one-too-few", "The inner length is one too small, so the receive id begins "
           "with the last byte of the message.", clear, refuse("wrong_receive_id"),
           length=(len(clear.encode()) - 1).to_bytes(4, "big"))
    s.post("inner-length-zero", "The inner length is 0; everything is receive id.", clear,
           refuse("wrong_receive_id"), length=bytes(4))
    s.post("inner-length-little-endian", "The inner length is written in little endian.", clear,
           refuse("bad_length"), length=len(clear.encode()).to_bytes(4, "little"))
    for name, size, why in (
            ("plain-19-bytes", 19, "19 bytes are left after the padding, one less than random and "
             "length take."),
            ("plain-16-bytes", 16, "Only the random bytes are left after the padding."),
            ("plain-empty", 0, "The whole buffer is padding.")):
        s.post(name, why, b"", refuse("bad_length"), encrypt=base64.b64encode(cbc_encrypt(
            s.key, pad32(b"0123456789abcdef\0\0\0\0"[:size]))).decode())
    s.post("message-empty", "A good ciphertext without a message.", b"",
           refuse("malformed_message"))

    # Receive id.
    if s.receive_id:
        mine = s.receive_id
        for name, tail, why in (
                ("empty", "", "The receive id is empty; only accounts that are configured so may "
                 "accept that."),
                ("prefix", mine[:-1], "The receive id is cut short; a comparison over its length "
                 "would accept it."),
                ("longer", mine + "0", "The receive id has one letter more; a comparison that asks "
                 "how the tail begins would accept it."),
                ("nul", mine + "\0", "A NUL byte follows the receive id; a comparison of C strings "
                 "would accept it."),
                ("case", mine.upper(), "The receive id differs in case only."),
                ("twice", mine + mine, "The receive id stands there twice; a search for it would "
                 "accept that.")):
            s.post("receive-id-" + name, why, xml("接收方 " + name), refuse("wrong_receive_id"),
                   receive_id=tail)
    s.post("receive-id-other", "A message for another account that uses the same token and key; "
           "the name in the message and the envelope do not count.", xml("别人的消息"),
           refuse("wrong_receive_id"), receive_id="wx00000000000000ff")

    # Freshness.
    def at_time(name, why, late_ms=None, expect=None, **how):
        if late_ms is not None:
            how["late_ms"] = late_ms
        s.post(name, why, xml("时间 " + name), expect, **how)

    stale = refuse("stale_timestamp")
    at_time("oldest-fresh", "Exactly 600 seconds old, which is still fresh.", WINDOW_MS)
    at_time("just-stale", "One millisecond older than 600 seconds.", WINDOW_MS + 1, stale)
    at_time("newest-fresh", "Exactly 600 seconds ahead of the receiver's clock.", -WINDOW_MS)
    at_time("just-future", "One millisecond more than 600 seconds ahead.", -WINDOW_MS - 1, stale)
    at_time("stale-day", "A callback captured a day ago and sent now.", 86_400_000, stale)
    at_time("future-year", "A timestamp a year ahead; it must not stay valid until then.",
            -31_536_000_000, stale)
    now = s.base * 1000 + 8
    for name, timestamp, why in (
            ("milliseconds", str(now), "The timestamp is in milliseconds; a receiver that guesses "
             "the unit accepts it."),
            ("text", "today", "The timestamp is no number; a conversion that answers 0 on failure "
             "is no excuse to skip the check."),
            ("number-and-text", str(s.base) + "abc", "A number with letters behind it; a conversion "
             "that stops at the first letter accepts it."),
            ("hex", hex(s.base), "The right number in hexadecimal notation."),
            ("negative", str(-s.base), "The right number with a minus sign; an absolute value taken "
             "too early accepts it."),
            ("wide-digits", "".join(chr(0xff10 + int(d)) for d in str(s.base)), "The right number "
             "in full-width digits, which are no digits here."),
            ("huge", "9" * 24, "A number that fits in no integer type."),
            ("wraps-64-bits", str(2 ** 64 + s.base), "A number that is the right one modulo 2 to "
             "the 64; a conversion without an overflow check accepts it."),
            ("wraps-32-bits", str(2 ** 32 + s.base), "A number that is the right one modulo 2 to "
             "the 32; a conversion to 32 bits accepts it."),
            ("product-wraps", str(now // 8 * pow(125, -1, 2 ** 61) % 2 ** 61), "Times 1000 this "
             "number is the receiver's clock modulo 2 to the 64; the product must not overflow."),
            ("smallest", str(-2 ** 63), "The smallest 64-bit number; subtracting it from the clock "
             "overflows."),
            ("zero", "0", "The first second of 1970 must not mean that no check is wanted.")):
        at_time("timestamp-" + name, why, None, stale, timestamp=timestamp, now_ms=now)

    # Replays.
    first = xml("我的快递到哪里了")
    s.post("first-of-two", "A callback that the next cases repeat.", first)
    sent = prefix + "first-of-two"
    replay(s.kit, prefix + "same-again", "The platform repeats a callback whose answer it did not "
           "get; it is acknowledged and not stored a second time.", sent, KNOWN)
    replay(s.kit, prefix + "same-again-when-stale", "The repeat comes when the timestamp is stale; "
           "a refusal would make the platform repeat a callback that is stored already.", sent,
           KNOWN, now_ms=get("first-of-two")["now_ms"] + 3_600_000)
    s.post("same-message-sealed-again", "The repeat was encrypted and signed anew; what was "
           "decrypted decides that it is known.", first, KNOWN, after=[sent])
    replay(s.kit, prefix + "captured-query-other-body", "A captured query with another ciphertext; "
           "the signature covers the ciphertext.", sent, refuse("bad_signature"),
           body=s.wrap(s.seal(prefix + "captured", xml("转账到新的账户"))))
    replay(s.kit, prefix + "captured-query-plain-body", "A captured query with a plain body.",
           sent, refuse("plaintext_refused"), body=xml("转账到新的账户"))
    s.post("stale-first-time", "A stale callback that was never seen before.", xml("迟到的消息"),
           stale, late_ms=WINDOW_MS + 60_000)
    replay(s.kit, prefix + "stale-second-time", "A refused callback does not become a known one "
           "by being sent twice.", prefix + "stale-first-time", stale)
    forged = xml("我要投诉")
    s.post("forged-before-genuine", "A forged callback with the content of a later genuine one.",
           forged, refuse("bad_signature"), msg_signature="0" * 40)
    s.post("genuine-after-forged", "A forgery that was refused must not make the genuine callback "
           "look like a repeat.", forged, after=[prefix + "forged-before-genuine"])

    # The order of the checks.
    s.post("order-signature-before-base64", "Signature and base64 are both wrong; nothing of the "
           "ciphertext is touched before the signature is right.", xml("次序一"),
           refuse("bad_signature"), encrypt="****", msg_signature="0" * 40)
    s.post("order-signature-before-time", "Signature and timestamp are both wrong.", xml("次序二"),
           refuse("bad_signature"), msg_signature="0" * 40, late_ms=86_400_000)
    s.post("order-receive-id-before-time", "Receive id and timestamp are both wrong.",
           xml("次序三"), refuse("wrong_receive_id"), receive_id="wx00000000000000ff",
           late_ms=86_400_000)
    s.post("order-clear-text-before-time", "Clear text and timestamp are both wrong.", "次序四",
           refuse("malformed_message"), late_ms=86_400_000)
    s.post("order-body-before-parameters", "The body is no document and the parameters are "
           "missing.", b"", refuse("malformed_message"), query="", body="hello")
    s.post("order-encrypt-before-parameters", "A plain body and no parameters.", b"",
           refuse("plaintext_refused"), query="", body=xml("次序五"))
    s.post("order-doctype-before-signature", "A document type and a wrong signature; the parser "
           "must not work through it before the signature is checked.", xml("次序六"),
           refuse("doctype_refused"), msg_signature="0" * 40,
           wrap=lambda e: '<!DOCTYPE xml SYSTEM "http://127.0.0.1/x.dtd">' + s.wrap(e))

    # The envelope.
    def envelope(name, why, wrap, expect=None, content=None, sender=s, make=xml, **how):
        sender.post("envelope-" + name, why, make(content or "信封 " + name), expect, wrap=wrap,
                    **how)

    bad, plain = refuse("malformed_message"), refuse("plaintext_refused")
    envelope("plain", "Encrypt was left out and the message sent in the clear: the downgrade that "
             "encryption is meant to prevent.", lambda e: xml("降级"), plain)
    envelope("plain-with-encrypt-type-raw", "The query asks for plain text; the account's setting "
             "decides, not the query.", lambda e: xml("降级二"), plain,
             query=lambda ts, nonce, value: query_of([
                 ("signature", sign(s.token, ts, nonce)), ("timestamp", ts), ("nonce", nonce),
                 ("encrypt_type", "raw")]))
    envelope("plain-json", "The same downgrade as JSON.", lambda e: js("降级三"), plain, sender=j,
             make=js)
    envelope("empty-encrypt", "Encrypt is there but empty.", lambda e: s.wrap(""), plain,
             sign_over="")
    envelope("empty-encrypt-with-plain-fields", "Encrypt is empty and the message stands beside it "
             "in the clear.", lambda e: xml("降级四").replace("</xml>", "<Encrypt/></xml>"), plain,
             sign_over="")
    envelope("blank-encrypt", "Encrypt holds nothing but blanks.", lambda e: s.wrap("")
             .replace(cdata(""), "  \n "), plain, sign_over="")
    envelope("empty-encrypt-json", "Encrypt is an empty JSON string.", lambda e: j.wrap(""), plain,
             sender=j, make=js, sign_over="")
    envelope("bare-text", "Encrypt is bare text without a CDATA section.",
             lambda e: "<xml><Encrypt>%s</Encrypt></xml>" % e)
    envelope("split-cdata", "The ciphertext is split over two CDATA sections, which belong "
             "together.", lambda e: "<xml><Encrypt>%s%s</Encrypt></xml>" % (
                 cdata(e[:50]), cdata(e[50:])))
    envelope("text-and-cdata", "The ciphertext begins as bare text and ends in a CDATA section.",
             lambda e: "<xml><Encrypt>%s%s</Encrypt></xml>" % (e[:50], cdata(e[50:])))
    envelope("blanks-around-cdata", "Blanks and line feeds stand around the CDATA section; they are "
             "not part of the signed text.",
             lambda e: "<xml>\n  <Encrypt> \n %s\n </Encrypt>\n</xml>\n" % cdata(e))
    envelope("character-references", "Plus and slash are written as character references; the "
             "signature is over the decoded text.", lambda e: "<xml><Encrypt>%s</Encrypt></xml>" % (
                 e.replace("+", "&#43;").replace("/", "&#x2F;")))
    envelope("child-order", "Encrypt is the first child and the others follow it.",
             lambda e: "<xml><Encrypt>%s</Encrypt><ToUserName>x</ToUserName></xml>" % cdata(e))
    envelope("unknown-elements", "Unknown elements, one of them with children, stand around "
             "Encrypt.", lambda e: "<xml><New a='1'><Item>1</Item><Item>2</Item></New><Encrypt>%s"
             "</Encrypt><Other/></xml>" % cdata(e))
    envelope("declaration", "An XML declaration comes first; it is no document type.",
             lambda e: '<?xml version="1.0" encoding="UTF-8"?>\n' + s.wrap(e))
    envelope("misleading-name", "The envelope names another receiver; it is not authenticated and "
             "does not count.", lambda e: "<xml><ToUserName>%s</ToUserName><Encrypt>%s</Encrypt>"
             "</xml>" % (cdata("gh_ffffffffffff"), cdata(e)))
    envelope("plain-siblings", "Another message stands in the clear beside the ciphertext; only the "
             "decrypted one counts.", lambda e: xml("假的内容").replace(
                 "</xml>", "<Encrypt>%s</Encrypt></xml>" % cdata(e)))
    envelope("plain-siblings-json", "The same in JSON.", lambda e: js("假的内容")[:-1]
             + ',"Encrypt":"%s"}' % e, sender=j, make=js)
    envelope("leading-blanks", "Blanks and line feeds come before the first bracket.",
             lambda e: " \r\n\t" + s.wrap(e))
    envelope("bom", "A byte order mark comes first.", lambda e: BOM + s.wrap(e).encode())
    envelope("bom-json", "A byte order mark comes before a JSON envelope.",
             lambda e: BOM + j.wrap(e).encode(), sender=j, make=js)
    envelope("bom-only", "Nothing but a byte order mark.", lambda e: BOM, bad)
    envelope("json-escaped-slash", "The JSON envelope writes / as \\/; the signature is over the "
             "decoded text.", lambda e: j.wrap(e).replace("/", "\\/"), sender=j, make=js)
    envelope("json-unicode-escape", "The JSON envelope writes + as \\u002b.",
             lambda e: j.wrap(e).replace("+", "\\u002b"), sender=j, make=js)
    envelope("json-pretty", "The JSON envelope has blanks, line feeds and unknown members.",
             lambda e: " {\n  \"new\": [1, {\"a\": null}],\n  " + j.wrap(e)[1:-1] + "\n}\n",
             sender=j, make=js)
    envelope("twice", "Two Encrypt elements; a receiver that verifies one and decrypts the other "
             "takes a forged message.", lambda e: s.wrap(e).replace(
                 "</xml>", "<Encrypt>%s</Encrypt></xml>" % cdata(e)), bad)
    envelope("twice-second-empty", "A good and an empty Encrypt element.",
             lambda e: s.wrap(e).replace("</xml>", "<Encrypt/></xml>"), bad)
    envelope("twice-json", "Two Encrypt members with different values; parsers disagree about "
             "which counts.", lambda e: j.wrap(e)[:-1] + "," + j.wrap("AAAA")[1:], bad, sender=j,
             make=js)
    envelope("twice-json-escaped", "The second Encrypt member is spelled with an escape; it is the "
             "same name.", lambda e: j.wrap("AAAA")[:-1] + "," + j.wrap(e)[1:].replace(
                 '"Encrypt"', '"\\u0045ncrypt"').replace('"encrypt"', '"\\u0065ncrypt"'), bad,
             sender=j, make=js)
    envelope("doctype", "A document type in the envelope.",
             lambda e: "<!DOCTYPE xml>" + s.wrap(e), refuse("doctype_refused"))
    envelope("entity-bomb", "Entities that grow to thousands of copies when they are expanded.",
             lambda e: LAUGHS + s.wrap(e).replace("<xml>", "<xml><x>&e;</x>"),
             refuse("doctype_refused"))
    envelope("external-entity", "An entity that names a file of the receiver.",
             lambda e: '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + s.wrap(e)
             .replace("<xml>", "<xml><x>&f;</x>"), refuse("doctype_refused"))
    envelope("external-entity-encrypt", "Encrypt itself is an entity; the signature is over the "
             "text it stands for.", lambda e: '<!DOCTYPE xml [<!ENTITY f "%s">]>' % e
             + "<xml><Encrypt>&f;</Encrypt></xml>", refuse("doctype_refused"))
    envelope("depth-32", "Elements nested to the limit of 32, the root counted.",
             lambda e: s.wrap(e).replace("</xml>", nest_xml(31) + "</xml>"))
    envelope("depth-33", "Elements nested one deeper than the limit.",
             lambda e: s.wrap(e).replace("</xml>", nest_xml(32) + "</xml>"), refuse("too_deep"))
    envelope("depth-5000", "Elements nested 5000 deep; a recursive parser runs out of stack.",
             lambda e: s.wrap(e).replace("</xml>", nest_xml(5000) + "</xml>"), refuse("too_deep"))
    envelope("depth-5000-json", "Arrays nested 5000 deep; a recursive parser runs out of stack.",
             lambda e: j.wrap(e)[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}",
             refuse("too_deep"), sender=j, make=js)
    envelope("many-elements", "More than 1000 elements around Encrypt.",
             lambda e: s.wrap(e).replace("</xml>", "<i/>" * 1000 + "</xml>"), refuse("too_deep"))
    envelope("truncated", "The envelope was cut in the middle of the ciphertext.",
             lambda e: s.wrap(e)[:len(s.wrap(e)) // 2], bad)
    envelope("truncated-end-tag", "Only the last end tag is missing.",
             lambda e: s.wrap(e).replace("</xml>", ""), bad)
    envelope("truncated-json", "The JSON envelope was cut before its last bracket.",
             lambda e: j.wrap(e)[:-1], bad, sender=j, make=js)
    envelope("wrong-end-tag", "The end tags do not match the start tags.",
             lambda e: s.wrap(e).replace("</Encrypt></xml>", "</xml></Encrypt>"), bad)
    envelope("two-roots", "A second root element follows the first.",
             lambda e: s.wrap(e) + s.wrap(e), bad)
    envelope("two-objects", "A second JSON object follows the first.",
             lambda e: j.wrap(e) + j.wrap(e), bad, sender=j, make=js)
    envelope("json-trailing-comma", "A comma follows the last member.",
             lambda e: j.wrap(e)[:-1] + ",}", bad, sender=j, make=js)
    envelope("json-nul", "A NUL byte follows the JSON envelope; it is not the end of the body.",
             lambda e: j.wrap(e).encode() + b"\0", bad, sender=j, make=js)
    envelope("empty-body", "An empty body.", lambda e: b"", bad)
    envelope("blank-body", "A body of blanks.", lambda e: " \n\t ", bad)
    envelope("json-array", "A JSON array around the envelope.", lambda e: "[" + j.wrap(e) + "]",
             bad, sender=j, make=js)
    envelope("json-string", "A JSON string.", lambda e: '"' + e + '"', bad)
    envelope("bare-ciphertext", "The ciphertext without an envelope.", lambda e: e, bad)
    envelope("form", "The envelope as a form field.",
             lambda e: "Encrypt=" + quote(e, safe=""), bad)
    envelope("utf-16", "The envelope in UTF-16, whose byte order mark is another one.",
             lambda e: b"\xff\xfe" + s.wrap(e).encode("utf-16-le"), bad)

    # The clear text.
    def inside(name, why, clear, expect=None, sender=s):
        sender.post("clear-" + name, why, clear, expect)

    x = xml("内容")
    inside("doctype", "A document type inside the ciphertext; the clear text is parsed as "
           "carefully as the envelope.", "<!DOCTYPE xml>" + x, refuse("doctype_refused"))
    inside("entity-bomb", "Growing entities inside the ciphertext.",
           LAUGHS + x.replace("<xml>", "<xml><x>&e;</x>"), refuse("doctype_refused"))
    inside("external-entity", "An entity inside the ciphertext that names a file of the receiver.",
           '<!DOCTYPE xml [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
           + x.replace("<xml>", "<xml><x>&f;</x>"), refuse("doctype_refused"))
    inside("doctype-as-text", "A customer writes about a document type; inside a CDATA section it "
           "is text, and a search for the word refuses a good message.",
           xml("网页开头要写 <!DOCTYPE html> 吗?"))
    inside("doctype-as-text-json", "The same text in a JSON message.",
           js("网页开头要写 <!DOCTYPE html> 吗?"), sender=j)
    inside("depth-32", "Elements nested to the limit of 32, the root counted.",
           xml("深度三十二").replace("</xml>", nest_xml(31) + "</xml>"))
    inside("depth-33", "Elements nested one deeper than the limit.",
           xml("深度三十三").replace("</xml>", nest_xml(32) + "</xml>"), refuse("too_deep"))
    inside("depth-32-json", "Arrays nested to the limit of 32, the object counted.",
           js("深度三十二")[:-1] + ',"x":' + "[" * 31 + "]" * 31 + "}", sender=j)
    inside("depth-33-json", "Arrays nested one deeper than the limit.",
           js("深度三十三")[:-1] + ',"x":' + "[" * 32 + "]" * 32 + "}", refuse("too_deep"),
           sender=j)
    inside("many-elements", "1001 elements, the root counted.", (lambda text: text.replace(
        "</xml>", "<i/>" * (1001 - text.count("</")) + "</xml>"))(xml("元素太多")),
        refuse("too_deep"))
    inside("some-elements", "Several hundred elements are fine.",
           xml("元素不多").replace("</xml>", "<i>1</i>" * 450 + "</xml>"))
    inside("many-values-json", "More than 1000 values in a JSON array.",
           js("值太多")[:-1] + ',"x":[' + ",".join(["0"] * 1001) + "]}", refuse("too_deep"),
           sender=j)
    inside("bom", "A byte order mark at the start of the clear text.",
           BOM + xml("字节顺序标记").encode())
    inside("bom-json", "A byte order mark at the start of a JSON clear text.",
           BOM + js("字节顺序标记").encode(), sender=j)
    inside("leading-line-feed", "A line feed before the first bracket.", "\n" + xml("换行开头"))
    inside("entities", "Entities outside of CDATA sections and a split section with ]]> in it.",
           xml("A&B").replace(cdata("A&B"), "A&amp;B &lt;3 " + cdata("a[0]]") + cdata("]>1")))
    inside("four-byte-letters", "Emoji are four bytes of UTF-8, and the inner length counts "
           "bytes.", xml("谢谢\U0001F600\U0001F44D\U0001F3FD"))
    inside("no-type", "The document names neither MsgType nor InfoType.",
           "<xml><ToUserName>a</ToUserName><Content>b</Content></xml>",
           refuse("malformed_message"))
    inside("no-type-json", "A JSON object without a type.", '{"action":"CheckContainerPath"}',
           refuse("malformed_message"), sender=j)
    inside("nested-type", "MsgType stands in a child and not in the root.",
           "<xml><a><MsgType>text</MsgType></a></xml>", refuse("malformed_message"))
    inside("text", "Text that is no document.", "hello", refuse("malformed_message"))
    inside("number", "A row of digits, as an address check has it; sending it as a message must "
           "not work.", "8823417733540091275", refuse("malformed_message"))
    inside("truncated", "The XML message was cut.", x[:len(x) * 2 // 3],
           refuse("malformed_message"))
    inside("truncated-json", "The JSON message was cut.", js("截断")[:-9],
           refuse("malformed_message"), sender=j)
    inside("json-array", "A JSON array around a message.", "[" + js("数组") + "]",
           refuse("malformed_message"), sender=j)
    inside("json-nul", "A NUL byte inside a JSON string.", js("空字节@").replace("@", "\0"),
           refuse("malformed_message"), sender=j)
    inside("json-nul-end", "A NUL byte behind the JSON message.", js("空字节结尾") + "\0",
           refuse("malformed_message"), sender=j)
    inside("json-bad-utf-8", "A JSON string with a byte that is no UTF-8.",
           js("坏字节@").encode().replace(b"@", b"\xff"), refuse("malformed_message"), sender=j)
    inside("json-surrogate-bytes", "A JSON string with a surrogate written as three bytes of "
           "UTF-8.", js("代理@").encode().replace(b"@", b"\xed\xa0\xbd"),
           refuse("malformed_message"), sender=j)
    inside("json-overlong", "A JSON string with a quotation mark in two bytes, which is no UTF-8; "
           "decoding it leniently ends the string early.",
           js("过长@").encode().replace(b"@", b"\xc0\xa2"), refuse("malformed_message"), sender=j)
    inside("xml-bad-utf-8", "XML text with a byte that is no UTF-8; customers send such text, for "
           "instance half an emoji, and a refusal would make the platform repeat it.",
           xml("半个表情@").encode().replace(b"@", b"\xf0\x9f\x98"))
    inside("two-objects", "A second JSON object follows the first.", js("第一") + js("第二"),
           refuse("malformed_message"), sender=j)


# --- WeChat -------------------------------------------------------------------------------------

ABOUT_CALLBACKS = (
    "Each case is one HTTP request to /callback/{account}{suffix}?{query} and the answer that a "
    "receiver must give. "
    "\"accounts\" holds the settings of each account; a case names the account it is sent to. "
    "\"query\" is the raw query string and must not be decoded before it is sent. "
    "\"body\" is the body as text; \"body_base64\" stands in its place when the body is not UTF-8 "
    "or holds a NUL byte. "
    "\"now_ms\" is the receiver's clock in milliseconds since 1970, and timestamps may differ from "
    "it by 600 seconds. "
    "Every case starts with a receiver that knows no message; the cases named in \"after\" are sent "
    "to it first, in that order and each with its own clock. "
    "\"why\" says which attack or oddity the case stands for. "
    "\"expect\" gives the status and, for a refusal, the reason, which is for logs and counters and "
    "never part of the answer. "
    "A GET with status 200 gives the exact answer in \"body\". "
    "A POST with status 200 gives in \"clear\" (or \"clear_base64\") the bytes of the message that "
    "is taken over: the decrypted text, a byte order mark included, or the body itself where "
    "nothing is encrypted. "
    "A POST with status 200 and without \"clear\" is a repeat: it is acknowledged and nothing is "
    "stored. "
    "All tokens, keys and ids are published samples or made up for this file. ")


class Documents:
    """Makes messages with increasing ids, so that no two of them are equal by accident."""

    def __init__(self, first_id, make):
        self.next_id, self.make = first_id, make

    def __call__(self, content, **fields):
        self.next_id += 1
        return self.make(content, self.next_id, **fields)


def wechat_xml(content, number, to=WX_GH, sender=WX_OPENID):
    return ("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d"
            "</CreateTime><MsgType>%s</MsgType><Content>%s</Content><MsgId>%d</MsgId></xml>" % (
                cdata(to), cdata(sender), 1760000000 + number % 1000, cdata("text"),
                cdata(content), number))


def wechat_json(content, number, to=WX_GH, sender=WX_OPENID):
    return compact({"ToUserName": to, "FromUserName": sender,
                    "CreateTime": 1760000000 + number % 1000, "MsgType": "text",
                    "Content": content, "MsgId": number})


def wechat_wrap(gh):
    return lambda e: "<xml><ToUserName>%s</ToUserName><Encrypt>%s</Encrypt></xml>" % (
        cdata(gh), cdata(e))


def wechat_wrap_json(gh):
    return lambda e: compact({"ToUserName": gh, "Encrypt": e})


def official_wechat(name, why, kit, account, vector, body, suffix="", signature=True):
    pairs = [("timestamp", vector["timestamp"]), ("nonce", vector["nonce"]),
             ("encrypt_type", "aes"), ("msg_signature", vector["msg_signature"])]
    if signature:
        pairs.insert(0, ("signature", sign(vector["token"], vector["timestamp"],
                                           vector["nonce"])))
    kit.add(name, why, account, "POST", query_of(pairs), int(vector["timestamp"]) * 1000 + 800,
            accept(vector["message"]), body, suffix)


def plain_checks(kit, prefix, account, secret, unit_ms, base, suffix=""):
    """GET with the three-part signature, as WeChat and Weibo send it."""

    def get(name, why, expect=None, timestamp=None, nonce=None, echostr="4375120948345356249",
            signature=None, query=None, late_ms=700):
        name = prefix + name
        moment = base + number_of(name, 3_000_000 // unit_ms)
        if timestamp is None:
            timestamp = str(moment)
        elif timestamp.isdigit() and len(timestamp) <= 13:
            moment = int(timestamp)
        if nonce is None:
            nonce = str(100000 + number_of("nonce " + name, 900000000))
        if signature is None:
            signature = sign(secret, timestamp, nonce)
        if query is None:
            query = query_of([("signature", signature), ("timestamp", timestamp),
                              ("nonce", nonce), ("echostr", echostr)])
        elif callable(query):
            query = query(timestamp, nonce, signature)
        kit.add(name, why, account, "GET", query, moment * unit_ms + late_ms,
                echo(echostr) if expect is None else expect, b"", suffix)

    missing, wrong = refuse("missing_parameter"), refuse("bad_signature")
    get("good", "A plain correct address check; the answer is echostr and nothing else.")
    get("wrong-signature", "The last digit of the signature is wrong.", wrong,
        signature="0123456789abcdef0123456789abcdef01234567")
    get("only-msg-signature", "The value is sent under the name msg_signature, which this check "
        "does not read.", missing, query=lambda ts, nonce, value: query_of([
            ("msg_signature", value), ("timestamp", ts), ("nonce", nonce), ("echostr", "1")]))
    get("no-echostr", "A request without echostr, as scanners send it.", missing,
        query=lambda ts, nonce, value: query_of([
            ("signature", value), ("timestamp", ts), ("nonce", nonce)]))
    get("empty-echostr", "echostr is empty.", missing, echostr="")
    get("no-signature", "A request without a signature; returning echostr would let anybody "
        "register the address.", missing, query=lambda ts, nonce, value: query_of([
            ("timestamp", ts), ("nonce", nonce), ("echostr", "1")]))
    get("no-query", "A request without any parameter.", missing, query="")
    get("upper-case-signature", "The hexadecimal digits are upper case.",
        signature=sign(secret, str(base), "31415926").upper(), timestamp=str(base),
        nonce="31415926")
    get("parameter-order", "The parameters come in another order and a parameter of the "
        "configured address stands before them.", query=lambda ts, nonce, value: query_of([
            ("shop", "7"), ("echostr", "4375120948345356249"), ("nonce", nonce),
            ("timestamp", ts), ("signature", value)]))
    get("string-sort", "The nonce is the smaller number and the greater string.", nonce="99")
    get("numeric-sort", "Signed after sorting by number.", wrong, timestamp=str(base), nonce="98",
        signature=join_sha1("98", str(base), secret))
    get("unsorted", "Signed over secret, timestamp and nonce without sorting.", wrong,
        timestamp=str(base), nonce="27182818", signature=join_sha1(secret, str(base), "27182818"))
    get("echostr-not-digits", "echostr is text; a receiver that parses a number fails.",
        echostr="dnPdpTZz85-_.~")
    get("echostr-leading-zero", "echostr has leading zeros and more digits than an integer holds.",
        echostr="00043751209483453562490000")
    get("echostr-percent", "echostr has percent escapes; the answer is the decoded value.",
        echostr="a+b/c==")
    get("echostr-bare-plus", "A bare plus sign in echostr is no blank.", echostr="a+b",
        query=lambda ts, nonce, value: "signature=%s&timestamp=%s&nonce=%s&echostr=a+b" % (
            value, ts, nonce))
    get("echostr-twice", "echostr comes twice; the first counts.", echostr="first",
        query=lambda ts, nonce, value: "signature=%s&timestamp=%s&nonce=%s&echostr=first"
        "&echostr=second" % (value, ts, nonce))
    get("oldest-fresh", "Exactly 600 seconds old.", late_ms=WINDOW_MS)
    get("just-stale", "One millisecond older than 600 seconds.", refuse("stale_timestamp"),
        late_ms=WINDOW_MS + 1)
    get("just-future", "One millisecond more than 600 seconds ahead.", refuse("stale_timestamp"),
        late_ms=-WINDOW_MS - 1)
    get("text-timestamp", "The timestamp is no number.", refuse("stale_timestamp"),
        timestamp="now")
    get("stale-wrong-signature", "Signature and timestamp are both wrong; the signature is checked "
        "first.", wrong, late_ms=86_400_000, signature="0" * 40)
    first = next(case for case in kit.cases if case["name"] == prefix + "good")
    replay(kit, prefix + "same-again", "The console checks an address as often as somebody presses "
           "the button.", prefix + "good", first["expect"])
    replay(kit, prefix + "captured-other-echostr", "A captured check with another echostr; the "
           "signature does not cover it, so it is echoed while the timestamp is fresh.",
           prefix + "good", echo("1234"),
           query=first["query"].replace("4375120948345356249", "1234"))


def build_wechat():
    kit = Kit("WeChat callbacks for official accounts, mini programs and components. "
              + ABOUT_CALLBACKS +
              "Accounts with \"encryption\" \"required\" or \"compatible\" accept encrypted bodies "
              "only (a compatible body repeats the message in the clear beside Encrypt, which does "
              "not count); \"plaintext\" accepts plain bodies only. "
              "A component answers at /command for its own pushes and at /message/{appid} for the "
              "messages of merchants.")
    kit.account("wx-sample", channel="wechat", kind="mini_program", app_id="wxba5fad812f8e6fb9",
                original_id="gh_97417a04a28d", token="AAAAA", aes_key=WX_ZERO_KEY,
                encryption="required")
    kit.account("wx-sample-plain", channel="wechat", kind="mini_program",
                app_id="wxba5fad812f8e6fb8", original_id="gh_97417a04a28d", token="AAAAA",
                encryption="plaintext")
    kit.account("wx-compatible", channel="wechat", kind="official_account",
                app_id="wx2c2769f8efd9abc2", original_id="gh_10f6c3c3ac5a", token="spamtest",
                aes_key=WX_SAMPLE_KEY, encryption="compatible")
    kit.account("wx-official", channel="wechat", kind="official_account", app_id=WX_APP,
                original_id=WX_GH, token=WX_TOKEN, aes_key=WX_KEY, encryption="required")
    kit.account("wx-mini", channel="wechat", kind="mini_program", app_id="wx0d1e2f3a4b5c6d7e",
                original_id="gh_5e6f7a8b9c0d", token="miniToken2025", aes_key=WX_SAMPLE_KEY,
                encryption="required")
    kit.account("wx-component", channel="wechat", kind="component", app_id=WX_COMPONENT,
                token=WX_TOKEN, aes_key=WX_KEY, encryption="required")
    kit.account("wx-plain", channel="wechat", kind="official_account",
                app_id="wx77aa88bb99cc00dd", original_id="gh_77aa88bb99cc", token="plainToken77",
                encryption="plaintext")

    # Published answers.
    kit.add("known-t1-address-check", "The published address check; the console of an account "
            "with encryption sends it in the same way, and echostr is no ciphertext.", "wx-sample",
            "GET", "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504"
            "&nonce=1514711492&echostr=4375120948345356249", 1714036504400,
            echo("4375120948345356249"))
    t2 = ('{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",'
          '"CreateTime":1714037059,"MsgType":"event","Event":"debug_demo",'
          '"debug_str":"hello world"}')
    kit.add("known-t2-plain", "The published plain callback; 486452656 is the smaller number and "
            "sorts last.", "wx-sample-plain", "POST", "signature="
            "899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656",
            1714037059400, accept(t2), t2)
    official_wechat("known-t3-safe-json", "The published encrypted callback in JSON, whose "
                    "ciphertext begins with a plus sign and whose padding is 19.", kit,
                    "wx-sample", T3, wechat_wrap_json("gh_97417a04a28d")(T3["encrypt"]))
    kit.add("known-t2-to-encrypted-account", "The published plain callback sent to the account "
            "that requires encryption.", "wx-sample", "POST", "signature="
            "899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656",
            1714037059400, refuse("plaintext_refused"), t2)
    official_wechat("known-t5-compatible", "The published callback in compatible mode: the message "
                    "stands beside its ciphertext, and the key has surplus bits that are not "
                    "zero.", kit, "wx-compatible", T5, T5["message"].replace(
                        "\n</xml>", "\n<Encrypt>%s</Encrypt>\n</xml>" % cdata(T5["encrypt"])))
    official_wechat("known-t7-full-padding-block", "A known answer with emoji and a whole block of "
                    "padding.", kit, "wx-official", T7, wechat_wrap(WX_GH)(T7["encrypt"]))
    official_wechat("known-t8-json", "A known answer in JSON without the three-part signature, "
                    "which encrypted callbacks do not need.", kit, "wx-official", T8,
                    wechat_wrap_json(WX_GH)(T8["encrypt"]), signature=False)
    official_wechat("known-t9-component-ticket", "A known answer for the push that carries the "
                    "component's ticket; the envelope has AppId in the place of ToUserName.", kit,
                    "wx-component", T9, "<xml><AppId>%s</AppId><Encrypt>%s</Encrypt></xml>" % (
                        cdata(WX_COMPONENT), cdata(T9["encrypt"])), suffix="/command")

    # Address checks.
    plain_checks(kit, "check-", "wx-official", WX_TOKEN, 1000, 1760003000)
    kit.add("check-ciphertext-is-echoed", "echostr looks like a ciphertext of this account; WeChat "
            "never encrypts it, and a receiver that decrypts it would read messages aloud.",
            "wx-official", "GET", query_of([
                ("signature", T7["signature"]), ("timestamp", T7["timestamp"]),
                ("nonce", T7["nonce"]), ("echostr", T7["encrypt"])]), 1760000002500,
            echo(T7["encrypt"]))
    for suffix, what in (("/command", "command"), ("/message/wx0a0b0c0d0e0f0a0b", "message")):
        ts, nonce = "1760004321", "60%d" % len(suffix)
        signature = sign(WX_TOKEN, ts, nonce)
        kit.add("check-component-" + what, "A component answers the plain check at this address "
                "too.", "wx-component", "GET", query_of([
                    ("signature", signature), ("timestamp", ts), ("nonce", nonce),
                    ("echostr", "5551234")]), 1760004321900, echo("5551234"), suffix=suffix)
        kit.add("check-component-%s-wrong" % what, "The signature of the check is wrong at this "
                "address.", "wx-component", "GET", query_of([
                    ("signature", signature), ("timestamp", ts), ("nonce", nonce + "1"),
                    ("echostr", "5551234")]), 1760004321900, refuse("bad_signature"),
                suffix=suffix)
    ts, nonce = "1760004400", "70707"
    kit.add("check-four-part-signature", "The check is signed as WeCom does it, with echostr as the "
            "fourth part.", "wx-official", "GET", query_of([
                ("signature", sign(WX_TOKEN, ts, nonce, "5551234")), ("timestamp", ts),
                ("nonce", nonce), ("echostr", "5551234")]), 1760004400900,
            refuse("bad_signature"))

    # Everything that encrypted accounts have in common.
    xml = Documents(24982365870020000, wechat_xml)
    js = Documents(24982365870030000, wechat_json)
    s = Sender(kit, "wx-official", WX_APP, 1760010000, wechat_wrap(WX_GH), openid=WX_OPENID,
               prefix="safe-")
    j = Sender(kit, "wx-official", WX_APP, 1760010000, wechat_wrap_json(WX_GH), openid=WX_OPENID,
               prefix="safe-")
    common_cases(s, j, xml, js)
    s.post("wrong-three-part-signature", "Only msg_signature counts for an encrypted body; the "
           "three-part signature beside it is wrong.", xml("只看密文签名"), signature="0" * 40)
    s.post("no-encrypt-type", "encrypt_type is missing; the body shows what it is.",
           xml("没有加密类型"), drop=("encrypt_type",))
    s.post("encrypt-type-raw", "encrypt_type says plain, yet the body is encrypted and its "
           "signature right; the body decides.", xml("加密类型不对"),
           query=lambda ts, nonce, value: query_of([
               ("msg_signature", value), ("timestamp", ts), ("nonce", nonce),
               ("encrypt_type", "raw")]))
    s.post("openid-other", "The query names another sender; it is not signed and only the message "
           "counts.", xml("查询里的用户不对"), query=lambda ts, nonce, value: query_of([
               ("msg_signature", value), ("timestamp", ts), ("nonce", nonce),
               ("openid", "oXXXXXXXXXXXXXXXXXXXXXXXXXXX")]))
    s.post("blanks-around-values", "Blanks and line feeds stand around every CDATA section of the "
           "message.", xml("空白").replace("<![CDATA[", " \n<![CDATA[").replace("]]>", "]]>\n "))
    s.post("event", "An event with an empty key.", "<xml><ToUserName>%s</ToUserName><FromUserName>"
           "%s</FromUserName><CreateTime>1760010007</CreateTime><MsgType>%s</MsgType><Event>%s"
           "</Event><EventKey>%s</EventKey></xml>" % tuple(
               map(cdata, (WX_GH, WX_OPENID, "event", "subscribe", ""))))

    # Mini program.
    m = Sender(kit, "wx-mini", "wx0d1e2f3a4b5c6d7e", 1760020000,
               wechat_wrap_json("gh_5e6f7a8b9c0d"), openid=WX_OPENID, prefix="mini-")
    mjs = Documents(24982365870040000, lambda content, number: wechat_json(
        content, number, to="gh_5e6f7a8b9c0d"))
    mxml = Documents(24982365870041000, lambda content, number: wechat_xml(
        content, number, to="gh_5e6f7a8b9c0d"))
    m.post("json", "A mini program sends JSON.", mjs("小程序里怎么申请售后?"))
    m.post("xml", "A mini program that is set to XML.", mxml("小程序付款失败"),
           wrap=wechat_wrap("gh_5e6f7a8b9c0d"))
    m.post("receive-id-other", "The receive id of the official account of the same firm.",
           mjs("串号"), refuse("wrong_receive_id"), receive_id=WX_APP)
    m.post("receive-id-original-id", "The receive id is the original id and not the app id.",
           mjs("原始编号"), refuse("wrong_receive_id"), receive_id="gh_5e6f7a8b9c0d")
    m.post("receive-id-empty", "The receive id is empty.", mjs("没有接收方"),
           refuse("wrong_receive_id"), receive_id="")
    m.post("key-of-other-account", "Signed with the token of this account and encrypted with the "
           "key of another one.", mjs("密钥"), refuse("bad_padding"),
           encrypt=seal(WX_KEY, random_of("mini key"), mjs("密钥"), "wx0d1e2f3a4b5c6d7e"))

    # Component.
    def notice(kind, number, extra=""):
        return ("<xml><AppId>%s</AppId><CreateTime>%d</CreateTime><InfoType>%s</InfoType>%s</xml>"
                % (cdata(WX_COMPONENT), 1760030000 + number, cdata(kind), extra))

    c = Sender(kit, "wx-component", WX_COMPONENT, 1760030000,
               lambda e: "<xml><AppId>%s</AppId><Encrypt>%s</Encrypt></xml>" % (
                   cdata(WX_COMPONENT), cdata(e)), suffix="/command", prefix="component-")
    cxml = Documents(24982365870050000, lambda content, number: wechat_xml(
        content, number, to="gh_0b0b0b0b0b0b"))
    merchant = "/message/wx0a0b0c0d0e0f0a0b"
    c.post("authorized", "A merchant authorises the component; the message has InfoType and no "
           "MsgType.", notice("authorized", 1, "<AuthorizerAppid>wx0a0b0c0d0e0f0a0b"
                              "</AuthorizerAppid><AuthorizationCode>queryauthcode@@@fix"
                              "</AuthorizationCode>"))
    c.post("merchant-message", "A message to a merchant carries the component's receive id and "
           "comes to the merchant's address.", cxml("商家你好"), suffix=merchant,
           wrap=wechat_wrap("gh_0b0b0b0b0b0b"))
    c.post("merchant-receive-id", "A message to a merchant with the merchant's own receive id, "
           "which a component never gets.", cxml("商家编号"), refuse("wrong_receive_id"),
           suffix=merchant, receive_id="wx0a0b0c0d0e0f0a0b", wrap=wechat_wrap("gh_0b0b0b0b0b0b"))
    c.post("command-receive-id-merchant", "A notice with the receive id of a merchant.",
           notice("unauthorized", 2, "<AuthorizerAppid>wx0a0b0c0d0e0f0a0b</AuthorizerAppid>"),
           refuse("wrong_receive_id"), receive_id="wx0a0b0c0d0e0f0a0b")
    c.post("receive-id-empty", "A notice with an empty receive id.",
           notice("component_verify_ticket", 3, "<ComponentVerifyTicket>t3"
                  "</ComponentVerifyTicket>"), refuse("wrong_receive_id"), receive_id="")
    c.post("plain-ticket", "A ticket in the clear; who could set it would cut the component off.",
           b"", refuse("plaintext_refused"), body=notice(
               "component_verify_ticket", 4, "<ComponentVerifyTicket>forged"
               "</ComponentVerifyTicket>"))
    c.post("two-elements-differ-in-case", "The message has AppId for the component and appid for "
           "the new mini program; names are not folded.",
           notice("notify_third_fasteregister", 5, "<appid>wx0c0c0c0c0c0c0c0c</appid><status>0"
                  "</status>"))
    c.post("stale-ticket", "A captured ticket that comes an hour late would overwrite the current "
           "one.", notice("component_verify_ticket", 6, "<ComponentVerifyTicket>old"
                          "</ComponentVerifyTicket>"), refuse("stale_timestamp"),
           late_ms=3_600_000)

    # Compatible mode.
    k = Sender(kit, "wx-compatible", "wx2c2769f8efd9abc2", 1760040000, None,
               openid="oyORnuP8q7ou2gfYjqLzSIWZf0rs", prefix="compatible-")
    kxml = Documents(24982365870060000, lambda content, number: wechat_xml(
        content, number, to="gh_10f6c3c3ac5a", sender="oyORnuP8q7ou2gfYjqLzSIWZf0rs"))

    def beside(document, first=False):
        def wrap(e):
            element = "<Encrypt>%s</Encrypt>" % cdata(e)
            return (document.replace("<xml>", "<xml>" + element) if first
                    else document.replace("</xml>", element + "</xml>"))
        return wrap

    clear = kxml("请退款 100 元")
    k.post("good", "The message stands in the clear beside its ciphertext.", clear,
           wrap=beside(clear))
    for name, twist, why in (
            ("altered-content", lambda d: d.replace("100", "9999"), "The text in the clear was "
             "altered on the way; only the decrypted message counts."),
            ("altered-sender", lambda d: d.replace("oyORnuP8q7ou2gfYjqLzSIWZf0rs",
                                                   "oATTACKERxxxxxxxxxxxxxxxxxxx"), "The sender in "
             "the clear was altered; only the decrypted message counts."),
            ("altered-type", lambda d: d.replace("[text]", "[event]"), "The type in the clear was "
             "altered; only the decrypted message counts."),
            ("altered-id", lambda d: d.replace("<MsgId>", "<MsgId>1"), "The id in the clear was "
             "altered, which must not get a message past the search for repeats.")):
        clear = kxml("请退款 100 元," + name)
        k.post(name, why, clear, wrap=beside(twist(clear)))
        if name == "altered-id":
            k.post("altered-id-again", "The same message sealed again beside yet another id in the "
                   "clear; it is known.", clear, KNOWN,
                   wrap=beside(clear.replace("<MsgId>", "<MsgId>2")),
                   after=["compatible-altered-id"])
    clear = kxml("密文在前")
    k.post("encrypt-first", "The ciphertext comes first and altered fields follow it; a receiver "
           "whose last value counts takes them.", clear, wrap=beside(clear.replace(
               "密文在前", "假的内容"), first=True))
    clear = kxml("只有密文")
    k.post("only-encrypt", "A compatible account may get the ciphertext alone.", clear,
           wrap=wechat_wrap("gh_10f6c3c3ac5a"))
    k.post("encrypt-left-out", "Encrypt was left out and the message sent in the clear, with a "
           "right three-part signature: compatible mode accepts no plain message.", b"",
           refuse("plaintext_refused"), body=kxml("降级攻击"), query=lambda ts, nonce, _: query_of([
               ("signature", sign("spamtest", ts, nonce)), ("timestamp", ts), ("nonce", nonce)]))
    k.post("encrypt-empty", "Encrypt was emptied and the message stands in the clear.", b"",
           refuse("plaintext_refused"), body=beside(kxml("降级攻击二"))(""))
    k.post("encrypt-renamed", "Encrypt was renamed, so that only the fields in the clear are "
           "left.", b"", refuse("plaintext_refused"),
           body=beside(kxml("降级攻击三"))("AAAA").replace("Encrypt", "Encrypted"))
    clear = kxml("签名用错")
    k.post("three-part-signature", "msg_signature is the three-part signature, which is in the same "
           "query for anybody to copy.", clear, refuse("bad_signature"), wrap=beside(clear),
           msg_signature=lambda ts, nonce, _: sign("spamtest", ts, nonce))
    clear = kxml("两个密文")
    k.post("two-encrypt", "Two ciphertexts beside the message.", clear,
           refuse("malformed_message"), wrap=lambda e: beside(beside(clear)(e))(e))
    clear = kxml("接收方错误")
    k.post("receive-id-other", "The ciphertext is for another account.", clear,
           refuse("wrong_receive_id"), receive_id=WX_APP, wrap=beside(clear))
    clear = kxml("内外不同")
    k.post("clear-text-without-type", "The decrypted text has no type and the fields in the clear "
           "do; they do not fill it in.", "<xml><Content>x</Content></xml>",
           refuse("malformed_message"), wrap=beside(clear))

    # Plaintext account.
    pxml = Documents(24982365870070000, lambda content, number: wechat_xml(
        content, number, to="gh_77aa88bb99cc"))
    pjs = Documents(24982365870080000, lambda content, number: wechat_json(
        content, number, to="gh_77aa88bb99cc"))
    plain_posts(kit, "plain-", "wx-plain", "plainToken77", 1000, 1760050000, pxml, pjs)

    def plain(name, why, body, expect=None, query=None, late_ms=900):
        ts, nonce = str(1760053000 + number_of(name, 900)), str(number_of("n" + name, 10 ** 9))
        kit.add("plain-" + name, why, "wx-plain", "POST", query_of([
            ("signature", sign("plainToken77", ts, nonce)), ("timestamp", ts), ("nonce", nonce)])
            if query is None else query(ts, nonce), int(ts) * 1000 + late_ms,
            accept(body) if expect is None else expect, body)

    sealed = seal(WX_KEY, random_of("plain"), pxml("密文"), "wx77aa88bb99cc00dd")
    refused = refuse("encryption_refused")
    plain("encrypt", "The account has no key and gets a ciphertext.",
          wechat_wrap("gh_77aa88bb99cc")(sealed), refused)
    plain("encrypt-json", "The account has no key and gets a ciphertext in JSON.",
          wechat_wrap_json("gh_77aa88bb99cc")(sealed), refused)
    plain("encrypt-beside-message", "A message in the clear with a ciphertext beside it; which of "
          "the two counts must not be a question.", beside(pxml("两种都有"))(sealed), refused)
    plain("encrypt-with-msg-signature", "A ciphertext with both signatures right.",
          wechat_wrap("gh_77aa88bb99cc")(sealed), refused, query=lambda ts, nonce: query_of([
              ("signature", sign("plainToken77", ts, nonce)), ("timestamp", ts), ("nonce", nonce),
              ("encrypt_type", "aes"),
              ("msg_signature", sign("plainToken77", ts, nonce, sealed))]))
    plain("msg-signature-only", "Only msg_signature is sent.", pxml("参数名不对"),
          refuse("missing_parameter"), query=lambda ts, nonce: query_of([
              ("msg_signature", sign("plainToken77", ts, nonce)), ("timestamp", ts),
              ("nonce", nonce)]))
    plain("no-type", "A document without MsgType.", "<xml><Content>x</Content></xml>",
          refuse("malformed_message"))
    plain("no-type-json", "A JSON object without MsgType.", '{"action":"CheckContainerPath"}',
          refuse("malformed_message"))
    plain("doctype", "A document type in a plain body, which anybody with a captured query can "
          "send.", "<!DOCTYPE xml>" + pxml("文档类型"), refuse("doctype_refused"))
    plain("entity-bomb", "Growing entities in a plain body.",
          LAUGHS + pxml("实体").replace("<xml>", "<xml><x>&e;</x>"), refuse("doctype_refused"))
    plain("depth-33", "Elements nested one deeper than the limit.",
          pxml("深度").replace("</xml>", nest_xml(32) + "</xml>"), refuse("too_deep"))
    plain("xml-bad-utf-8", "XML text with half an emoji.",
          pxml("半个@").encode().replace(b"@", b"\xf0\x9f"))
    plain("percent-encoded", "A percent-encoded body, which WeChat never sends.",
          quote(pjs("百分号编码"), safe=""), refuse("malformed_message"))
    return kit


def plain_posts(kit, prefix, account, secret, unit_ms, base, first, second):
    """POST with the three-part signature and a plain body. first(content) and second(content)
    give messages, second always JSON."""

    def post(name, why, body, expect=None, timestamp=None, nonce=None, signature=None, query=None,
             now_ms=None, late_ms=650, after=()):
        name = prefix + name
        moment = base + number_of(name, 3_000_000 // unit_ms)
        if timestamp is None:
            timestamp = str(moment)
        if nonce is None:
            nonce = str(100000 + number_of("nonce " + name, 900000000))
        if signature is None:
            signature = sign(secret, timestamp, nonce)
        if query is None:
            query = query_of([("signature", signature), ("timestamp", timestamp),
                              ("nonce", nonce)])
        elif callable(query):
            query = query(timestamp, nonce, signature)
        if now_ms is None:
            now_ms = moment * unit_ms + late_ms
        kit.add(name, why, account, "POST", query, now_ms,
                accept(body) if expect is None else expect, body, "", after)

    missing, wrong = refuse("missing_parameter"), refuse("bad_signature")
    stale, bad = refuse("stale_timestamp"), refuse("malformed_message")
    post("good", "A plain correct callback.", first("你好,在吗?"))
    post("good-json", "A correct callback in JSON.", second("请问几点关门?"))
    post("wrong-signature", "The signature is wrong.", first("签名错误"), wrong,
         signature="0123456789abcdef0123456789abcdef01234567")
    post("other-secret", "Signed with another secret.", first("别的密钥"), wrong,
         signature=sign("secret", str(base), "1"), timestamp=str(base), nonce="1")
    post("four-part-signature", "The body is signed as a fourth part, which this check does not "
         "know.", first("四个部分"), wrong, timestamp=str(base), nonce="2",
         signature=sign(secret, str(base), "2", first("四个部分")))
    for gone in ("signature", "timestamp", "nonce"):
        post("missing-" + gone, "The parameter %s is missing." % gone, first("缺少 " + gone),
             missing, query=lambda ts, nonce, value, gone=gone: query_of([
                 pair for pair in (("signature", sign(secret, *(
                     part for name, part in (("timestamp", ts), ("nonce", nonce))
                     if name != gone))), ("timestamp", ts), ("nonce", nonce))
                 if pair[0] != gone]))
        post("empty-" + gone, "The parameter %s is empty." % gone, first("空的 " + gone),
             missing, **{gone: ""})
    post("order-signature-before-body", "Signature and body are both wrong; the parser must not "
         "see a body whose sender is unknown.", "hello", wrong, signature="0" * 40)
    post("order-signature-before-doctype", "A document type and a wrong signature.",
         "<!DOCTYPE xml>" + first("次序"), wrong, signature="0" * 40)
    post("order-parameters-before-body", "No parameters and no document.", "hello", missing,
         query="")
    post("order-signature-before-time", "Signature and timestamp are both wrong.", first("次序二"),
         wrong, signature="0" * 40, late_ms=86_400_000)
    post("order-body-before-time", "Body and timestamp are both wrong.", "hello", bad,
         late_ms=86_400_000)
    post("upper-case-signature", "The hexadecimal digits are upper case.", first("大写"),
         signature=sign(secret, str(base), "3").upper(), timestamp=str(base), nonce="3",
         now_ms=base * unit_ms)
    post("short-signature", "The first 39 digits of the right signature.", first("短一位"), wrong,
         signature=sign(secret, str(base), "4")[:39], timestamp=str(base), nonce="4")
    post("string-sort", "The nonce is the smaller number and the greater string.",
         first("字符串排序"), nonce="99")
    post("numeric-sort", "Signed after sorting by number.", first("数字排序"), wrong, nonce="98",
         timestamp=str(base), signature=join_sha1("98", str(base), secret))
    post("unsorted", "Signed over secret, timestamp and nonce without sorting.", first("没有排序"),
         wrong, nonce="882346175", timestamp=str(base),
         signature=join_sha1(secret, str(base), "882346175"))
    post("nonce-plus", "A bare plus sign in the nonce is no blank.", first("加号"), nonce="7+25",
         query=lambda ts, nonce, value: "signature=%s&timestamp=%s&nonce=7+25" % (value, ts))
    post("nonce-letters", "The nonce has letters and sorts behind every capital.", first("字母"),
         nonce="zQ9k2")
    post("moved-boundary", "The first digit of the nonce was moved to the end of the timestamp; the "
         "joined text and its signature stay right, so freshness must refuse it.",
         first("移动边界"), stale, timestamp=str(base) + "8", nonce="82346175",
         signature=sign(secret, str(base), "882346175"), now_ms=base * unit_ms)
    post("oldest-fresh", "Exactly 600 seconds old.", first("时间一"), late_ms=WINDOW_MS)
    post("just-stale", "One millisecond older than 600 seconds.", first("时间二"), stale,
         late_ms=WINDOW_MS + 1)
    post("newest-fresh", "Exactly 600 seconds ahead.", first("时间三"), late_ms=-WINDOW_MS)
    post("just-future", "One millisecond more than 600 seconds ahead.", first("时间四"), stale,
         late_ms=-WINDOW_MS - 1)
    now = base * unit_ms
    if unit_ms == 1000:
        post("milliseconds", "The timestamp is in milliseconds.", first("毫秒"), stale,
             timestamp=str(now), now_ms=now)
    else:
        post("seconds", "The timestamp is in seconds; a receiver that guesses the unit accepts "
             "it.", first("秒"), stale, timestamp=str(now // 1000), now_ms=now)
    for name, timestamp, why in (
            ("text", "soon", "The timestamp is no number."),
            ("number-and-text", str(base) + "ms", "A number with letters behind it."),
            ("negative", str(-base), "The right number with a minus sign."),
            ("wraps-64-bits", str(2 ** 64 + base), "A number that is the right one modulo 2 to the "
             "64."),
            ("smallest", str(-2 ** 63), "The smallest 64-bit number; subtracting it from the clock "
             "overflows."),
            ("largest", str(2 ** 63 - 1), "The largest 64-bit number; multiplying or adding to it "
             "overflows."),
            ("zero", "0", "Zero must not mean that no check is wanted.")):
        post("timestamp-" + name, why, first("时间 " + name), stale, timestamp=timestamp,
             now_ms=now)
    body = first("我的订单呢")
    post("first-of-two", "A callback that the next cases repeat.", body)
    sent = prefix + "first-of-two"
    clock = kit.cases[-1]["now_ms"]
    replay(kit, prefix + "same-again", "The platform repeats a callback whose answer it did not "
           "get.", sent, KNOWN)
    replay(kit, prefix + "same-again-when-stale", "The repeat comes when the timestamp is stale; it "
           "is known and acknowledged.", sent, KNOWN, now_ms=clock + 3_600_000)
    other = first("请把钱转到新账户")
    replay(kit, prefix + "captured-query-other-body", "A captured query with another body is "
           "accepted while it is fresh: the signature does not cover the body, which is why "
           "encryption should be used where the platform has it.", sent, accept(other), body=other)
    replay(kit, prefix + "captured-query-other-body-stale", "A captured query with another body "
           "when the timestamp is stale: only freshness limits this attack.", sent, stale,
           body=first("请把钱转到另一个账户"), now_ms=clock + 3_600_000)
    post("same-message-new-query", "The repeat has a new timestamp, nonce and signature; the "
         "message decides that it is known.", body, KNOWN, after=[sent])
    late = first("迟到")
    post("stale-first-time", "A stale callback that was never seen before.", late, stale,
         late_ms=WINDOW_MS + 60_000)
    replay(kit, prefix + "stale-second-time", "A refused callback does not become a known one.",
           prefix + "stale-first-time", stale)
    for name, why, text in (
            ("empty-body", "An empty body.", b""),
            ("blank-body", "A body of blanks.", b" \r\n "),
            ("text-body", "A body that is no document.", b"ok"),
            ("json-array", "A JSON array around a message.", "[" + second("数组") + "]"),
            ("json-truncated", "The JSON message was cut.", second("截断")[:-2]),
            ("json-trailing-comma", "A comma follows the last member.",
             second("逗号")[:-1] + ",}"),
            ("json-two-objects", "A second JSON object follows the first.",
             second("一") + second("二")),
            ("json-nul", "A NUL byte inside a JSON string.", second("空@").replace("@", "\0")),
            ("json-nul-end", "A NUL byte behind the JSON message.", second("空") + "\0"),
            ("json-bad-utf-8", "A JSON string with a byte that is no UTF-8.",
             second("坏@").encode().replace(b"@", b"\xe5\xa5"))):
        post(name, why, text, bad)
    post("json-depth-32", "Arrays nested to the limit of 32, the object counted.",
         second("深度三十二")[:-1] + ',"x":' + "[" * 31 + "]" * 31 + "}")
    post("json-depth-33", "Arrays nested one deeper than the limit.",
         second("深度三十三")[:-1] + ',"x":' + "[" * 32 + "]" * 32 + "}", refuse("too_deep"))
    post("json-depth-5000", "Arrays nested 5000 deep.",
         second("深度五千")[:-1] + ',"x":' + "[" * 5000 + "]" * 5000 + "}", refuse("too_deep"))
    post("json-many-values", "More than 1000 values.",
         second("很多值")[:-1] + ',"x":[' + ",".join(["0"] * 1001) + "]}", refuse("too_deep"))
    post("json-bom", "A byte order mark comes first.", BOM + second("标记").encode())
    post("json-leading-blanks", "Blanks and line feeds come first.", " \n" + second("空白"))
    post("json-literal-percent", "The text holds plus and percent signs that are meant as such; a "
         "receiver that decodes a body which is a document already spoils it.",
         second("折扣 100%+1,券码 %41%2B"))


# --- WeCom --------------------------------------------------------------------------------------

def wecom_xml(content, number, corp=QY_CORP, sender="lina"):
    return ("<xml><ToUserName>%s</ToUserName><FromUserName>%s</FromUserName><CreateTime>%d"
            "</CreateTime><MsgType>%s</MsgType><Content>%s</Content><MsgId>%d</MsgId>"
            "<AgentID>1000002</AgentID></xml>" % (
                cdata(corp), cdata(sender), 1767225600 + number % 1000, cdata("text"),
                cdata(content), number))


def wecom_json(content, number, corp=QY_CORP, sender="lina"):
    return compact({"ToUserName": corp, "FromUserName": sender,
                    "CreateTime": 1767225600 + number % 1000, "MsgType": "text",
                    "Content": content, "MsgId": number, "AgentID": 1000002})


def bot_json(content, number):
    return compact({"msgid": "CAIQfix/%d=" % number, "aibotid": "aibDemo01", "chattype": "single",
                    "from": {"userid": "lina"}, "response_url":
                    "https://qyapi.weixin.qq.com/cgi-bin/aibot/response?response_code=RC%d" % number,
                    "msgtype": "text", "text": {"content": content}})


def wecom_wrap(corp, agent="1000002"):
    return lambda e: ("<xml><ToUserName>%s</ToUserName><AgentID>%s</AgentID><Encrypt>%s</Encrypt>"
                      "</xml>" % (cdata(corp), cdata(agent), cdata(e)))


def wecom_wrap_json(corp):
    return lambda e: compact({"ToUserName": corp, "AgentID": "1000002", "Encrypt": e})


def bot_wrap(e):
    return compact({"encrypt": e})


def official_wecom(kit, name, why, account, vector, body, expect=None, suffix=""):
    kit.add(name, why, account, "POST", query_of([
        ("msg_signature", vector["msg_signature"]), ("timestamp", vector["timestamp"]),
        ("nonce", vector["nonce"])]), int(vector["timestamp"]) * 1000 + 500,
        accept(vector["message"]) if expect is None else expect, body, suffix)


def official_echo(kit, name, why, account, vector, suffix="", **changes):
    values = dict(vector, **changes)
    expect = echo(vector["message"]) if not changes else refuse("bad_signature")
    kit.add(name, why, account, "GET", query_of([
        ("msg_signature", values["msg_signature"]), ("timestamp", values["timestamp"]),
        ("nonce", values["nonce"]), ("echostr", values["encrypt"])]),
        int(values["timestamp"]) * 1000 + 500, expect, suffix=suffix)


def build_wecom():
    kit = Kit("WeCom callbacks for apps, suites and AI bots. " + ABOUT_CALLBACKS +
              "For a suite, corp_id is the provider's own corporation; its command address is "
              "/command, and its data address /data/{corpid} names the corporation that authorised "
              "the suite. "
              "An AI bot has an empty receive id and speaks JSON.")
    app = dict(channel="wecom", kind="app")
    kit.account("qy-sample", **app, corp_id=QY_SAMPLE_CORP, token="QDG6eK", aes_key=QY_SAMPLE_KEY)
    kit.account("qy-second", **app, corp_id="wx49f0ab532d5d035a", token="123456", aes_key=P4["key"])
    kit.account("qy-third", **app, corp_id="ww6a112864f8022910", token="ThirdCorp6", aes_key=P6["key"])
    kit.account("qy-app", **app, corp_id=QY_CORP, token=QY_TOKEN, aes_key=QY_KEY)
    kit.account("qy-suite", channel="wecom", kind="suite", suite_id=QY_SUITE, corp_id=QY_PROVIDER,
                token=QY_TOKEN, aes_key=QY_KEY)
    kit.account("qy-bot", channel="wecom", kind="aibot", token=QY_TOKEN, aes_key=QY_KEY)

    # Published answers.
    official_wecom(kit, "known-p1-message", "The published message; its envelope names AgentID "
                   "last.", "qy-sample", P1, "<xml><ToUserName>%s</ToUserName><Encrypt>%s"
                   "</Encrypt><AgentID>%s</AgentID></xml>" % (
                       cdata(QY_SAMPLE_CORP), cdata(P1["encrypt"]), cdata("218")))
    official_wecom(kit, "known-p3-broken-json", "The published JSON sample, whose clear text lacks "
                   "a quotation mark: signature and decryption are right and the message is not.",
                   "qy-sample", P3, wecom_wrap_json(QY_SAMPLE_CORP)(P3["encrypt"]),
                   refuse("malformed_message"))
    official_echo(kit, "known-p2-address-check", "The published address check.", "qy-sample", P2)
    official_echo(kit, "known-p4-address-check", "The address check of a second published "
                  "corporation.", "qy-second", P4)
    official_echo(kit, "known-p4-wrong-nonce", "The same check with another nonce.", "qy-second",
                  P4, nonce="437374424")
    ts, nonce = "1767225999", "616263"
    kit.add("known-p6-23-digits", "A published ciphertext, signed here, whose text has 23 digits "
            "and fits in no integer.", "qy-third", "GET", query_of([
                ("msg_signature", sign("ThirdCorp6", ts, nonce, P6["encrypt"])),
                ("timestamp", ts), ("nonce", nonce), ("echostr", P6["encrypt"])]),
            1767225999500, echo(P6["message"]))
    official_echo(kit, "known-v1-address-check", "A known answer for an app.", "qy-app", V1)
    official_wecom(kit, "known-v2-suite-ticket", "A known answer for a suite, with a blank before "
                   "a CDATA section and no MsgType.", "qy-suite", V2,
                   wecom_wrap(QY_SUITE, "")(V2["encrypt"]), suffix="/command")
    official_wecom(kit, "known-v3-bot-message", "A known answer for an AI bot, with an empty "
                   "receive id.", "qy-bot", V3, bot_wrap(V3["encrypt"]))
    official_echo(kit, "known-v4-aligned", "A known answer with a whole block of padding.",
                  "qy-app", V4)
    official_echo(kit, "known-v5-one-over", "A known answer with 31 bytes of padding.", "qy-app",
                  V5)
    official_echo(kit, "known-v6-one-under", "A known answer with one byte of padding.", "qy-app",
                  V6)
    official_echo(kit, "known-v7-smallest", "The smallest ciphertext: no text and no receive id; "
                  "the answer is an empty body.", "qy-bot", V7)
    official_wecom(kit, "known-v3-to-app", "The bot's message sent to an app with the same token "
                   "and key.", "qy-app", V3, "<xml><Encrypt>%s</Encrypt></xml>" % V3["encrypt"],
                   refuse("wrong_receive_id"))
    for name, account, suffix, why in (
            ("known-v1-to-bot", "qy-bot", "", "The app's check sent to a bot with the same token "
             "and key; the bot's receive id is empty and not arbitrary."),
            ("known-v1-to-suite", "qy-suite", "/command", "The app's check sent to a suite with the "
             "same token and key.")):
        kit.add(name, why, account, "GET", query_of([
            ("msg_signature", V1["msg_signature"]), ("timestamp", V1["timestamp"]),
            ("nonce", V1["nonce"]), ("echostr", V1["encrypt"])]), 1767225600500,
            refuse("wrong_receive_id"), suffix=suffix)

    # Everything that encrypted accounts have in common.
    xml = Documents(7512345678902000000, wecom_xml)
    js = Documents(7512345678903000000, wecom_json)
    s = Sender(kit, "qy-app", QY_CORP, 1767230000, wecom_wrap(QY_CORP), prefix="app-")
    j = Sender(kit, "qy-app", QY_CORP, 1767230000, wecom_wrap_json(QY_CORP), prefix="app-")
    common_cases(s, j, xml, js)
    s.post("agent-empty", "AgentID is empty, as system events have it.", "<xml><ToUserName>%s"
           "</ToUserName><FromUserName>%s</FromUserName><CreateTime>1767230001</CreateTime>"
           "<MsgType>%s</MsgType><Event>%s</Event><ChangeType>%s</ChangeType><UserID>%s</UserID>"
           "</xml>" % tuple(map(cdata, (QY_CORP, "sys", "event", "change_contact", "update_user",
                                        "lina"))), wrap=wecom_wrap(QY_CORP, ""))
    s.post("no-sender", "An event without a sender: the doorbell of WeChat customer service.",
           "<xml><ToUserName>%s</ToUserName><CreateTime>1767230002</CreateTime><MsgType>%s"
           "</MsgType><Event>%s</Event><Token>%s</Token><OpenKfId>%s</OpenKfId></xml>" % tuple(
               map(cdata, (QY_CORP, "event", "kf_msg_or_event", "ENCfixtureToken", "wkFixture01"))))
    s.post("encrypt-in-other-child", "Encrypt stands in a child of a child; the root has none.",
           b"", refuse("plaintext_refused"),
           body="<xml><a><Encrypt>AAAA</Encrypt></a><MsgType>text</MsgType></xml>")

    # Address checks of an app.
    e = Sender(kit, "qy-app", QY_CORP, 1767240000, None, prefix="echo-")
    bare = "msg_signature=%s&timestamp=%s&nonce=%s&echostr=" % (
        V1["msg_signature"], V1["timestamp"], V1["nonce"])
    assert "+" in V1["encrypt"] and "/" in V1["encrypt"]

    def v1(name, why, echostr, expect=None):
        kit.add("echo-" + name, why, "qy-app", "GET", bare + echostr, 1767225601000,
                echo(V1["message"]) if expect is None else expect)

    v1("bare-plus", "echostr comes without any escapes; + stays + and = is part of the value.",
       V1["encrypt"])
    v1("percent-plus", "Every +, / and = of echostr is escaped.", quote(V1["encrypt"], safe=""))
    v1("percent-lower", "The escapes have small hexadecimal digits.",
       re.sub("%..", lambda hit: hit.group().lower(), quote(V1["encrypt"], safe="")))
    v1("blank", "A proxy turned every + of echostr into a blank, here escaped; blanks are repaired "
       "before the signature is checked.", quote(V1["encrypt"].replace("+", " "), safe=""))
    v1("escaped-twice", "echostr was escaped twice; it is decoded once, and then its signature is "
       "wrong.", quote(quote(V1["encrypt"], safe=""), safe=""), refuse("bad_signature"))
    v1("flipped-letter", "A letter of echostr was changed.",
       quote(other_letter(V1["encrypt"], 30), safe=""), refuse("bad_signature"))
    v1("cut", "The padding signs of echostr were lost on the way.",
       quote(V1["encrypt"].rstrip("="), safe=""), refuse("bad_signature"))
    v1("empty", "echostr is empty.", "", refuse("missing_parameter"))
    e.echo("good", "A plain correct address check.", "4375120948345356249")
    e.echo("leading-zero", "The text has leading zeros; printing it as a number loses them.",
           "0004375120948345356")
    e.echo("letters", "The text has letters; it is returned byte by byte.", "gw-check_7.a~b")
    e.echo("no-echostr", "echostr is missing.", "1", refuse("missing_parameter"),
           drop=("echostr",))
    e.echo("no-timestamp", "The timestamp is missing.", "1", refuse("missing_parameter"),
           drop=("timestamp",))
    e.echo("no-nonce", "The nonce is missing.", "1", refuse("missing_parameter"), drop=("nonce",))
    e.echo("no-signature", "msg_signature is missing.", "1", refuse("missing_parameter"),
           drop=("msg_signature",))
    ts, nonce = "1767240500", "515151"
    three = sign(QY_TOKEN, ts, nonce)
    e.echo("plain-three-parts", "The plain check of WeChat: signature over three parts and echostr "
           "in the clear.", "1", refuse("missing_parameter"), timestamp=ts, query=query_of([
               ("signature", three), ("timestamp", ts), ("nonce", nonce),
               ("echostr", "4375120948345356249")]))
    e.echo("three-parts-as-msg-signature", "The three-part signature under the name "
           "msg_signature.", "1", refuse("bad_signature"), timestamp=ts, nonce=nonce,
           msg_signature=three)
    e.echo("clear-19-digits", "echostr in the clear with a right signature over four parts; 19 "
           "letters are no base64.", "1", refuse("bad_base64"), echostr="4375120948345356249")
    e.echo("clear-20-digits", "echostr in the clear with 20 digits, which is base64 of 15 bytes.",
           "1", refuse("bad_length"), echostr="43751209483453562490")
    e.echo("upper-case-signature", "The hexadecimal digits are upper case.", "777001",
           timestamp=ts, nonce=nonce, echostr=e.seal("upper", "777001"), msg_signature=sign(
               QY_TOKEN, ts, nonce, e.seal("upper", "777001")).upper())
    e.echo("numeric-sort", "Signed after sorting timestamp and nonce by number.", "777002",
           refuse("bad_signature"), timestamp=ts, nonce="98", echostr=e.seal("sort", "777002"),
           msg_signature=join_sha1("98", ts, *sorted([QY_TOKEN, e.seal("sort", "777002")])))
    tries = 0
    while not {"+", "/"} <= set(e.seal("url%d" % tries, "777003")):
        tries += 1
    e.echo("url-alphabet", "echostr in the alphabet for URLs, with a right signature.", "1",
           refuse("bad_base64"), echostr=e.seal("url%d" % tries, "777003").replace(
               "+", "-").replace("/", "_"))
    e.echo("receive-id-other", "The receive id of another corporation.", "777004",
           refuse("wrong_receive_id"), receive_id=QY_TENANT)
    e.echo("receive-id-empty", "An empty receive id.", "777005", refuse("wrong_receive_id"),
           receive_id="")
    e.echo("padding-0", "The last byte is 0.", "777006", refuse("bad_padding"),
           pad=lambda d: d + bytes(32 - len(d) % 32))
    e.echo("padding-33", "33 bytes of value 33.", "777007", refuse("bad_padding"),
           pad=lambda d: d + b"\7" * (-(len(d) + 33) % 32) + bytes([33]) * 33)
    e.echo("inner-length-all-ones", "The inner length is 0xffffffff.", "777008",
           refuse("bad_length"), length=b"\xff" * 4)
    e.echo("cipher-16-bytes", "One AES block.", "1", refuse("bad_length"),
           echostr=base64.b64encode(cbc_encrypt(QY_KEY, bytes(16))).decode())
    e.echo("message-xml", "A captured message is sent as an address check: answering it would read "
           "the message aloud to whoever captured it.", xml("机密订单 A-1029"),
           refuse("malformed_message"))
    e.echo("message-json", "A captured JSON message is sent as an address check.",
           js("机密订单 A-1030"), refuse("malformed_message"))
    kit.add("echo-captured-p1", "The published message sent back as an address check, with its own "
            "signature, timestamp and nonce.", "qy-sample", "GET", query_of([
                ("msg_signature", P1["msg_signature"]), ("timestamp", P1["timestamp"]),
                ("nonce", P1["nonce"]), ("echostr", P1["encrypt"])]), 1409659813500,
            refuse("malformed_message"))
    e.echo("oldest-fresh", "Exactly 600 seconds old.", "777009", late_ms=WINDOW_MS)
    e.echo("just-stale", "One millisecond older than 600 seconds.", "777010",
           refuse("stale_timestamp"), late_ms=WINDOW_MS + 1)
    e.echo("newest-fresh", "Exactly 600 seconds ahead.", "777011", late_ms=-WINDOW_MS)
    e.echo("just-future", "One millisecond more than 600 seconds ahead.", "777012",
           refuse("stale_timestamp"), late_ms=-WINDOW_MS - 1)
    e.echo("milliseconds", "The timestamp is in milliseconds.", "777013",
           refuse("stale_timestamp"), timestamp="1767240000000", now_ms=1767240000000)
    e.echo("text-timestamp", "The timestamp is no number.", "777014", refuse("stale_timestamp"),
           timestamp="now")
    e.echo("stale-wrong-receive-id", "Receive id and timestamp are both wrong; freshness comes "
           "last.", "777015", refuse("wrong_receive_id"), receive_id=QY_TENANT,
           late_ms=86_400_000)
    replay(kit, "echo-same-again", "The console checks an address as often as somebody presses the "
           "button.", "echo-good", echo("4375120948345356249"))
    e.echo("first-echostr", "echostr comes twice; the first counts.", "777016", timestamp=ts,
           query=query_of([("msg_signature", sign(QY_TOKEN, ts, "8", e.seal("first", "777016"))),
                           ("timestamp", ts), ("nonce", "8"),
                           ("echostr", e.seal("first", "777016")),
                           ("echostr", e.seal("second", "777017"))]))

    # A suite.
    def notice(kind, number, extra="", corp=QY_TENANT):
        return ("<xml><SuiteId>%s</SuiteId><AuthCorpId>%s</AuthCorpId><InfoType>%s</InfoType>"
                "<TimeStamp>%d</TimeStamp>%s</xml>" % (
                    cdata(QY_SUITE), cdata(corp), cdata(kind), 1767250000 + number, extra))

    u = Sender(kit, "qy-suite", QY_SUITE, 1767250000, wecom_wrap(QY_SUITE, ""),
               suffix="/command", prefix="suite-")
    data = "/data/" + QY_TENANT
    txml = Documents(7512345678904000000, lambda content, number: wecom_xml(
        content, number, corp=QY_TENANT))
    u.post("command", "A notice to the command address carries the suite id.",
           notice("create_auth", 1, "<AuthCode>fixAuthCode0001</AuthCode>"))
    u.post("command-provider", "A notice to the command address may carry the provider's "
           "corporation instead.", notice("change_auth", 2), receive_id=QY_PROVIDER,
           wrap=wecom_wrap(QY_PROVIDER, ""))
    u.post("command-tenant", "A notice to the command address with the corporation that authorised "
           "the suite.", notice("cancel_auth", 3), refuse("wrong_receive_id"),
           receive_id=QY_TENANT)
    u.post("command-empty", "A notice with an empty receive id.", notice("cancel_auth", 4),
           refuse("wrong_receive_id"), receive_id="")
    u.post("command-other-suite", "A notice for another suite of the provider.",
           notice("suite_ticket", 5), refuse("wrong_receive_id"), receive_id="wwffffffffffffffff")
    u.post("command-plain", "A notice in the clear; a forged cancel_auth would cut a customer "
           "off.", b"", refuse("plaintext_refused"), body=notice("cancel_auth", 6))
    u.post("command-no-type", "A notice without InfoType.", notice("x", 7).replace(
        "InfoType", "Type"), refuse("malformed_message"))
    u.post("data", "A message to the data address carries the corporation that the address "
           "names.", txml("服务商你好"), suffix=data, receive_id=QY_TENANT,
           wrap=wecom_wrap(QY_TENANT))
    u.post("data-suite-id", "A message to the data address with the suite id.", txml("数据一"),
           refuse("wrong_receive_id"), suffix=data, wrap=wecom_wrap(QY_TENANT))
    u.post("data-provider", "A message to the data address with the provider's corporation.",
           txml("数据二"), refuse("wrong_receive_id"), suffix=data, receive_id=QY_PROVIDER,
           wrap=wecom_wrap(QY_TENANT))
    u.post("data-other-corp", "A message of one customer sent to the address of another; accepting "
           "it would mix up two customers.", txml("数据三"), refuse("wrong_receive_id"),
           suffix="/data/" + QY_CORP, receive_id=QY_TENANT, wrap=wecom_wrap(QY_CORP))
    u.post("data-empty", "A message to the data address with an empty receive id.", txml("数据四"),
           refuse("wrong_receive_id"), suffix=data, receive_id="", wrap=wecom_wrap(QY_TENANT))
    u.echo("check-command", "The check of the command address carries the provider's corporation.",
           "880001", receive_id=QY_PROVIDER)
    u.echo("check-command-suite-id", "The check of the command address with the suite id, which "
           "belongs to messages.", "880002", refuse("wrong_receive_id"))
    u.echo("check-data", "The check of the data address carries the provider's corporation.",
           "880003", receive_id=QY_PROVIDER, suffix=data)
    u.echo("check-data-tenant", "The check of the data address with the corporation that it names, "
           "which belongs to messages.", "880004", refuse("wrong_receive_id"),
           receive_id=QY_TENANT, suffix=data)
    u.echo("check-data-suite-id", "The check of the data address with the suite id.", "880005",
           refuse("wrong_receive_id"), suffix=data)

    # An AI bot.
    bots = Documents(5000, bot_json)
    b = Sender(kit, "qy-bot", "", 1767260000, bot_wrap, prefix="bot-")
    b.post("message", "A message to the bot.", bots("查一下订单 A-1029"))
    b.post("event", "An event for the bot.", compact({
        "msgid": "CAIQfix/event1=", "create_time": 1767260004, "aibotid": "aibDemo01",
        "from": {"userid": "lina"}, "msgtype": "event", "event": {"eventtype": "enter_chat"}}))
    b.post("escaped-slash", "Envelope and clear text write / as \\/.",
           bots("斜线").replace("/", "\\/"), wrap=lambda t: bot_wrap(t).replace("/", "\\/"))
    b.post("receive-id-corp", "A receive id where none belongs.", bots("多余的接收方"),
           refuse("wrong_receive_id"), receive_id=QY_CORP)
    b.post("receive-id-one-byte", "A receive id of one blank.", bots("一个空格"),
           refuse("wrong_receive_id"), receive_id=" ")
    clear = bots("少一个字节")
    b.post("inner-length-one-too-few", "The inner length is one too small, so the last byte becomes "
           "a receive id.", clear, refuse("wrong_receive_id"),
           length=(len(clear.encode()) - 1).to_bytes(4, "big"))
    clear = bots("多一个字节")
    b.post("inner-length-one-too-many", "The inner length is one more than what is left.", clear,
           refuse("bad_length"), length=(len(clear.encode()) + 1).to_bytes(4, "big"))
    b.post("no-type", "The clear text has no msgtype.",
           '{"msgid":"CAIQfix/notype=","aibotid":"aibDemo01","text":{"content":"x"}}',
           refuse("malformed_message"))
    b.post("type-inside-only", "msgtype stands in a member of the message and not in the message "
           "itself.", '{"msgid":"CAIQfix/inner=","quote":{"msgtype":"text"}}',
           refuse("malformed_message"))
    b.post("clear-text-xml", "The clear text is XML, which a bot never gets.",
           wecom_xml("给机器人", 7512345678905000001), refuse("malformed_message"))
    b.post("plain", "The message in the clear.", b"", refuse("plaintext_refused"),
           body=bots("明文"))
    b.post("empty-encrypt", "encrypt is empty.", bots("空密文"), refuse("plaintext_refused"),
           wrap=lambda t: bot_wrap(""), sign_over="")
    b.post("two-encrypt", "Two encrypt members.", bots("两个"), refuse("malformed_message"),
           wrap=lambda t: '{"encrypt":"AAAA",' + bot_wrap(t)[1:])
    b.post("array", "A JSON array around the envelope.", bots("数组"),
           refuse("malformed_message"), wrap=lambda t: "[" + bot_wrap(t) + "]")
    b.post("three-part-signature", "msg_signature covers three parts only.", bots("三部分"),
           refuse("bad_signature"), msg_signature=lambda ts, nonce, _: sign(QY_TOKEN, ts, nonce))
    b.post("stale", "A message an hour old.", bots("一小时前"), refuse("stale_timestamp"),
           late_ms=3_600_000)
    replay(kit, "bot-same-again-when-stale", "The repeat of an accepted message comes an hour "
           "later.", "bot-message", KNOWN, now_ms=kit.cases[-1]["now_ms"] + 3_600_000)
    b.post("depth-32", "Arrays nested to the limit of 32, the object counted.",
           bots("深度")[:-1] + ',"x":' + "[" * 31 + "]" * 31 + "}")
    b.post("depth-33", "Arrays nested one deeper than the limit.",
           bots("深度")[:-1] + ',"x":' + "[" * 32 + "]" * 32 + "}", refuse("too_deep"))
    for count in (1, 16, 17, 32):
        b.post("padding-%d" % count, "A padding of %d bytes without a receive id before it."
               % count, with_pad(lambda filler, count=count: bots(
                   "填充 %d %s" % (count, filler)), "", count))
    b.echo("check", "The check of the bot's address.", "990001")
    b.echo("check-corp", "The check of the bot's address with a receive id.", "990002",
           refuse("wrong_receive_id"), receive_id=QY_CORP)
    b.echo("check-message", "A captured bot message sent as an address check.", bots("机密"),
           refuse("malformed_message"))
    return kit


# --- Weibo --------------------------------------------------------------------------------------

WEIBO_SECRET = WEIBO_KEYS["K4"][0]
WEIBO_UID = "9000000001"

WEIBO_FIXTURES = (
    ("text", "A text message.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:07:09 +0800 2024","text":"你好,订单12034什么时候发货?","data":{}}'),
    ("text-escapes", "Escapes, a short link, quotation marks, a line feed, an emoji as a pair of "
     "surrogates, and percent and plus signs that are meant as such.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:08:10 +0800 2024","text":"[哈哈][允悲] 看这个 http:\\/\\/t.cn\\/A6Fx9Kq2\\n他说\\"不错\\" '
     '\\ud83d\\ude02 100%+1","data":{}}'),
    ("subscription-keyword", "A subscription keyword that arrives as text.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000042,"created_at":"Tue Mar 05 '
     '14:09:11 +0800 2024","text":"dy","data":{}}'),
    ("position", "A position, whose coordinates are strings.",
     '{"type":"position","receiver_id":9000000001,"sender_id":9000000042,"created_at":"Tue Mar 05 '
     '14:10:12 +0800 2024","text":"我在这里: http://t.cn/A6Fx0Lm1","data":{"longitude":'
     '"121.473701","latitude":"31.230416"}}'),
    ("image", "An image, whose ids are numbers.",
     '{"type":"image","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:11:13 +0800 2024","text":"发了一张图片","data":{"vfid":4990000000000101,"tovfid":'
     '4990000000000102}}'),
    ("voice", "A voice message with ids above 2 to the 53.",
     '{"type":"voice","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:12:14 +0800 2024","text":"发了一个语音消息","data":{"vfid":9223372036854770001,"tovfid":'
     '9223372036854770003}}'),
    ("follow", "A follow event.",
     '{"type":"event","receiver_id":9000000001,"sender_id":9000000042,"created_at":"Tue Mar 05 '
     '14:13:15 +0800 2024","text":"关注事件消息","data":{"subtype":"follow"}}'),
    ("scan-follow", "A scanned code.",
     '{"type":"event","receiver_id":9000000001,"sender_id":9000000042,"created_at":"Tue Mar 05 '
     '14:17:19 +0800 2024","text":"扫描二维码","data":{"subtype":"scan_follow","key":'
     '"QR_SCENE_700123","ticket":"dGtfNzAwMTIzX2ZpeHR1cmU="}}'),
    ("mention", "A mention in a post.",
     '{"type":"mention","receiver_id":9000000001,"sender_id":9000000042,"created_at":"Tue Mar 05 '
     '14:21:23 +0800 2024","text":"@示例品牌 新款充电器发热严重[怒] //@路人甲:转给客服","data":'
     '{"subtype":"status","key":"5009876543210123"}}'),
    ("unknown-type", "A type that no document names; it is taken over and not refused.",
     '{"type":"video","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:23:25 +0800 2024","text":"发了一个视频","data":{"fid":4990000000000201,"duration":12}}'),
    ("unknown-members", "An unknown subtype and unknown members.",
     '{"type":"event","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:24:26 +0800 2024","text":"事件消息","data":{"subtype":"super_fans_join","level":3},'
     '"ext":{"a":[1,2]}}'),
    ("data-as-string", "Quoted ids, and data as a JSON string.",
     '{"id":2403051425270017,"type":"image","receiver_id":"9000000001","sender_id":"9000000017",'
     '"created_at":"Tue Mar 05 14:25:27 +0800 2024","text":"发了一张图片","data":"{\\"vfid\\":'
     '\\"4990000000000301\\",\\"tovfid\\":\\"4990000000000302\\"}"}'),
    ("data-missing", "data is missing.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:26:28 +0800 2024","text":"一"}'),
    ("data-null", "data is null.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:26:28 +0800 2024","text":"二","data":null}'),
    ("data-array", "data is an empty array.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:26:28 +0800 2024","text":"三","data":[]}'),
    ("data-empty-string", "data is an empty string.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:26:28 +0800 2024","text":"四","data":""}'),
    ("time-unreadable", "created_at cannot be read; that is no reason to refuse the message.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000017,"created_at":"2024/03/05",'
     '"text":"时间格式不对","data":{}}'),
    ("time-old", "created_at is years old; only the timestamp of the query is checked.",
     '{"type":"text","receiver_id":9000000001,"sender_id":9000000017,"created_at":"Tue Mar 05 '
     '14:07:09 +0800 2013","text":"很久以前","data":{}}'),
)

WEIBO_XML = (
    ("text", "An account that is set to XML; the message id is empty.",
     "<xml><ToUserName><![CDATA[9000000001]]></ToUserName><FromUserName><![CDATA[9000000017]]>"
     "</FromUserName><CreateTime>1709618829</CreateTime><MsgType><![CDATA[text]]></MsgType>"
     "<Content><![CDATA[发票怎么开?]]></Content><MsgId></MsgId></xml>"),
    ("image", "An image in XML with an empty address.",
     "<xml><ToUserName><![CDATA[9000000001]]></ToUserName><FromUserName><![CDATA[9000000017]]>"
     "</FromUserName><CreateTime>1709618890</CreateTime><MsgType><![CDATA[image]]></MsgType>"
     "<PicUrl><![CDATA[]]></PicUrl><MediaId><![CDATA[4990000000000102]]></MediaId><MsgId></MsgId>"
     "</xml>"),
    ("event", "An event in XML.",
     "<xml><ToUserName><![CDATA[9000000001]]></ToUserName><FromUserName><![CDATA[9000000042]]>"
     "</FromUserName><CreateTime>1709618951</CreateTime><MsgType><![CDATA[event]]></MsgType>"
     "<Event><![CDATA[scan_follow]]></Event><EventKey><![CDATA[QR_SCENE_700123]]></EventKey>"
     "<Ticket><![CDATA[dGtfNzAwMTIzX2ZpeHR1cmU=]]></Ticket></xml>"),
)


def weibo_json(content, number, receiver=WEIBO_UID):
    return ('{"type":"text","receiver_id":%s,"sender_id":9000000017,"created_at":"Tue Mar 05 '
            '15:%02d:%02d +0800 2024","text":%s,"data":{}}' % (
                receiver, number // 60 % 60, number % 60, json.dumps(content, ensure_ascii=False)))


def build_weibo():
    kit = Kit("Weibo callbacks of fans service accounts. " + ABOUT_CALLBACKS +
              "Weibo's timestamps are in milliseconds. "
              "Weibo signs neither the body nor echostr and has no encryption. "
              "Cases whose name begins with \"xml-\" hold the XML form that an account can be "
              "switched to.")
    for index, name in enumerate(sorted(WEIBO_KEYS), 1):
        uid = {"K4": WEIBO_UID}.get(name, "90000001%02d" % index)
        kit.account("wb-" + name.lower(), channel="weibo", kind="fans_service", uids=[uid],
                    app_secret=WEIBO_KEYS[name][0])
    kit.account("wb-two", channel="weibo", kind="fans_service",
                uids=["9000000201", "9007199254740993"], app_secret="twoAccountsOneSecret7")
    what = {"K1": "The published address check.", "K2": "A published check with a short secret.",
            "K3": "A published check with a nonce of nine digits.",
            "K4": "The nonce sorts first; joining timestamp, nonce and secret is wrong here.",
            "K5": "The secret sorts first.", "K6": "The secret sorts into the middle.",
            "K7": "A capital letter sorts before a small one."}
    for name, (secret, timestamp, nonce, signature) in WEIBO_KEYS.items():
        text = {"K1": "dnPdpTZz85", "K4": "eCh0Str9x"}.get(name, "echo" + name)
        kit.add("known-%s-address-check" % name.lower(), what[name], "wb-" + name.lower(), "GET",
                "nonce=%s&timestamp=%s&echostr=%s&signature=%s" % (
                    nonce, timestamp, text, signature), int(timestamp) + 350, echo(text))
    for name in ("k4", "k5", "k6", "k7"):
        secret, timestamp, nonce, _ = WEIBO_KEYS[name.upper()]
        kit.add("joined-%s" % name, "Signed over timestamp, nonce and secret in this order, without "
                "sorting.", "wb-" + name, "GET",
                "signature=%s&timestamp=%s&nonce=%s&echostr=x" % (
                    join_sha1(timestamp, nonce, secret), timestamp, nonce), int(timestamp) + 350,
                refuse("bad_signature"))
    kit.add("other-account-secret", "Signed with the secret of another account.", "wb-k5", "GET",
            "signature=%s&timestamp=1709618829123&nonce=840021&echostr=x" % WEIBO_KEYS["K6"][3],
            1709618829500, refuse("bad_signature"))
    base = 1709620000000
    plain_checks(kit, "address-", "wb-k4", WEIBO_SECRET, 1, base)
    kit.add("address-seconds", "The timestamp of the check is in seconds.", "wb-k4", "GET", query_of([
        ("signature", sign(WEIBO_SECRET, "1709620000", "11")), ("timestamp", "1709620000"),
        ("nonce", "11"), ("echostr", "x")]), base, refuse("stale_timestamp"))

    messages = Documents(100, weibo_json)
    plain_posts(kit, "push-", "wb-k4", WEIBO_SECRET, 1, base, messages, messages)

    def push(name, why, body, expect=None, account="wb-k4", late_ms=420):
        timestamp = str(base + 4_000_000 + number_of(name, 1_000_000))
        nonce = str(10_000_000 + number_of("nonce " + name, 900_000_000))
        secret = kit.accounts[account]["app_secret"]
        kit.add(name, why, account, "POST", query_of([
            ("signature", sign(secret, timestamp, nonce)), ("timestamp", timestamp),
            ("nonce", nonce)]), int(timestamp) + late_ms,
            accept(body) if expect is None else expect, body)

    for name, why, body in WEIBO_FIXTURES:
        push("fixture-" + name, why, body)
    push("pretty", "Blanks and line feeds between the members, and the receiver last.",
         '{\n  "text": "排版", "type": "text",\r\n  "created_at": "Tue Mar 05 16:00:00 +0800 2024",'
         '\n  "sender_id": 9000000042,\n  "receiver_id": 9000000001\n}\n')
    push("encrypt-member", "A member named Encrypt means nothing here.",
         messages("没有加密")[:-1] + ',"Encrypt":"AAAA"}')

    # The percent-encoded body.
    for name, why, encode in (
            ("once", "The body is percent-encoded; it is decoded once.",
             lambda text: quote(text, safe="")),
            ("lower", "The escapes have small hexadecimal digits.", lambda text: re.sub(
                "%..", lambda hit: hit.group().lower(), quote(text, safe=""))),
            ("partly", "Only what must be escaped is escaped.",
             lambda text: quote(text, safe=":,/@"))):
        body = messages("百分号 100%+1 " + name)
        push("percent-" + name, why, encode(body), accept(body))
    push("percent-twice", "The body is percent-encoded twice; decoding it until it fits would "
         "change texts with percent signs.",
         quote(quote(messages("两次"), safe=""), safe=""), refuse("malformed_message"))
    push("percent-array", "A percent-encoded JSON array.",
         quote("[" + messages("数组") + "]", safe=""), refuse("malformed_message"))
    push("percent-nothing", "A body that begins like an encoded one and is none.", "%7Bxyz",
         refuse("malformed_message"))
    push("percent-unknown-receiver", "A percent-encoded body for an unknown account.",
         quote(weibo_json("未知", 400, receiver="9000009999"), safe=""),
         refuse("wrong_receive_id"))
    push("form", "The message as a form field.", "data=" + quote(messages("表单"), safe=""),
         refuse("malformed_message"))

    # The receiver.
    unknown = refuse("wrong_receive_id")
    push("receiver-unknown", "The signature is right and the account is not one of ours; one "
         "secret may serve many accounts.", weibo_json("未知账号", 401, receiver="9000000002"),
         unknown)
    push("receiver-unknown-quoted", "An unknown account as a quoted number.",
         weibo_json("未知账号", 402, receiver='"9000000002"'), unknown)
    push("receiver-prefix", "The account's number with its last digit missing.",
         weibo_json("少一位", 403, receiver="900000000"), unknown)
    push("receiver-longer", "The account's number with one digit more.",
         weibo_json("多一位", 404, receiver="90000000010"), unknown)
    push("receiver-other-secret", "The account of another secret.",
         weibo_json("别的账号", 405, receiver="9000000201"), unknown)
    push("receiver-is-sender", "Our account is the sender and an unknown one the receiver.",
         '{"type":"text","receiver_id":9000000017,"sender_id":9000000001,"created_at":"Tue Mar 05 '
         '16:10:00 +0800 2024","text":"反了","data":{}}', unknown)
    push("receiver-32-bits", "A number that is the account's modulo 2 to the 32; a conversion to 32 "
         "bits takes one for the other.",
         weibo_json("三十二位", 406, receiver=str(9000000001 - 2 ** 32)), unknown)
    push("receiver-inside-data", "Our account stands in data and an unknown one is the receiver.",
         '{"type":"text","receiver_id":9000000017,"sender_id":9000000042,"created_at":"Tue Mar 05 '
         '16:11:00 +0800 2024","text":"里面","data":{"receiver_id":9000000001}}', unknown)
    push("receiver-stale-unknown", "Receiver and timestamp are both wrong; the receiver is checked "
         "first.", weibo_json("过期未知", 407, receiver="9000000002"), unknown,
         late_ms=86_400_000)
    push("receiver-first-of-two", "An app secret with two accounts; a message for the first.",
         weibo_json("第一个账号", 408, receiver="9000000201"), account="wb-two")
    push("receiver-second-of-two", "A message for the second account, whose number is above 2 to "
         "the 53.", weibo_json("第二个账号", 409, receiver="9007199254740993"), account="wb-two")
    push("receiver-rounded", "The number beside it; as floating-point numbers the two are equal.",
         weibo_json("四舍五入", 410, receiver="9007199254740992"), unknown, account="wb-two")
    for name, why, body in WEIBO_XML:
        push("xml-" + name, why, body)
    push("xml-receiver-unknown", "A message in XML for an unknown account.",
         WEIBO_XML[0][2].replace("9000000001", "9000000002"), unknown)
    push("xml-doctype", "A document type in XML.", "<!DOCTYPE xml>" + WEIBO_XML[0][2],
         refuse("doctype_refused"))
    push("xml-entity-bomb", "Growing entities in XML.", LAUGHS + WEIBO_XML[0][2].replace(
        "<xml>", "<xml><x>&e;</x>"), refuse("doctype_refused"))
    push("xml-depth-33", "Elements nested one deeper than the limit.",
         WEIBO_XML[0][2].replace("</xml>", nest_xml(32) + "</xml>"), refuse("too_deep"))
    push("xml-truncated", "A message in XML that was cut.", WEIBO_XML[0][2][:-20],
         refuse("malformed_message"))
    return kit


# --- Request heads ------------------------------------------------------------------------------

def build_framing():
    cases = []
    target = "/callback/wx-official?signature=00&timestamp=1760000000&nonce=1"

    def add(name, why, lines, expect="malformed_framing"):
        head = lines if isinstance(lines, (str, bytes)) else "\r\n".join(lines) + "\r\n\r\n"
        case = {"name": name, "why": why}
        case.update(text_member("head", head))
        case["expect"] = expect
        assert why.endswith(".") and name not in [item["name"] for item in cases], name
        cases.append(case)

    get, post = "GET %s HTTP/1.1" % target, "POST %s HTTP/1.1" % target
    host, length = "Host: gateway.example", "Content-Length: 5"
    chunked = "Transfer-Encoding: chunked"

    add("good-get", "A plain correct GET.", [get, host], "ok")
    add("good-get-zero", "A GET may say that it has no body.", [get, host, "Content-Length: 0"],
        "ok")
    add("good-post", "A plain correct POST.", [post, host, length], "ok")
    add("good-post-zero", "A POST with an empty body.", [post, host, "Content-Length: 0"], "ok")
    add("good-post-chunked", "A POST in chunks.", [post, host, chunked], "ok")
    add("good-more-headers", "Other header lines, some of them repeated, are no concern here.",
        [post, host, "User-Agent: Mozilla/4.0", "Accept: */*", "Accept: text/xml",
         "Content-Type: text/xml; charset=utf-8", length, "Pragma: no-cache"], "ok")
    add("good-lower-case-names", "Header names are the same in any case.",
        [post, "host: gateway.example", "content-length: 5"], "ok")
    add("good-no-blank-after-colon", "The blank after the colon is optional.",
        [post, "Host:gateway.example", "Content-Length:5"], "ok")
    add("good-blanks-around-value", "Blanks and tabs around a value are not part of it.",
        [post, "Host: gateway.example \t", "Content-Length: \t 5 "], "ok")
    add("good-host-port", "A host with a port.", [post, "Host: 127.0.0.1:8080", length], "ok")
    add("good-http10-post", "HTTP/1.0 knows no Host; some proxies still speak it.",
        ["POST %s HTTP/1.0" % target, length], "ok")
    add("good-http10-get", "A GET in HTTP/1.0 without Host.", ["GET %s HTTP/1.0" % target], "ok")

    add("no-host", "HTTP/1.1 without Host.", [post, length])
    add("no-host-get", "A GET in HTTP/1.1 without Host.", [get])
    add("two-hosts", "Two Host lines: a proxy and the receiver may read different ones.",
        [post, host, "Host: other.example", length])
    add("two-equal-hosts", "Two equal Host lines.", [post, host, host, length])
    add("two-hosts-case", "Two Host lines whose names differ in case.",
        [post, host, "HOST: other.example", length])

    add("no-length", "A POST without any length.", [post, host])
    add("no-length-http10", "A POST in HTTP/1.0 without a length; its end would be the end of the "
        "connection.", ["POST %s HTTP/1.0" % target, host])
    add("length-and-chunked", "Both lengths at once: the classic way to smuggle a request.",
        [post, host, length, chunked])
    add("chunked-and-length", "Both lengths at once, in the other order.",
        [post, host, chunked, length])
    add("length-zero-and-chunked", "A length of 0 beside chunks.",
        [post, host, "Content-Length: 0", chunked])
    add("two-lengths", "Two different lengths.", [post, host, length, "Content-Length: 6"])
    add("two-equal-lengths", "Two equal lengths; not worth a guess.", [post, host, length, length])
    add("two-lengths-case", "Two lengths whose names differ in case.",
        [post, host, length, "content-length: 6"])
    for name, value, why in (
            ("empty", "", "An empty length."),
            ("blank", "   ", "A length of blanks."),
            ("plus", "+5", "A length with a plus sign."),
            ("minus", "-5", "A negative length."),
            ("minus-zero", "-0", "A length of minus zero."),
            ("inner-blank", "1 5", "A blank inside the length; a reader that stops or skips there "
             "gets 1 or 15."),
            ("list", "5, 6", "A list of lengths."),
            ("equal-list", "5, 5", "A list of equal lengths."),
            ("list-no-blank", "5,5", "A list without blanks."),
            ("hex", "0x5", "A hexadecimal length."),
            ("hex-digits", "1f", "A length with a letter, as chunk sizes have it."),
            ("fraction", "5.0", "A length with a fraction."),
            ("exponent", "5e0", "A length with an exponent."),
            ("letters", "five", "A length in letters."),
            ("unit", "5b", "A length with a unit."),
            ("semicolon", "5;a=b", "A length with a parameter."),
            ("quoted", "\"5\"", "A quoted length."),
            ("wide", "\uff15", "A full-width digit."),
            ("vertical-tab", "\x0b5", "A vertical tab before the length; some number readers skip "
             "it."),
            ("wraps-64-bits", str(2 ** 64 + 5), "A length that is 5 modulo 2 to the 64."),
            ("huge", "9" * 40, "A length that fits in no integer.")):
        add("length-" + name, why, [post, host, "Content-Length: " + value])

    for name, value, why in (
            ("xchunked", "xchunked", "A coding that only ends like chunked."),
            ("chunkedx", "chunkedx", "A coding that only begins like chunked."),
            ("twice", "chunked, chunked", "Chunks in chunks."),
            ("gzip-chunked", "gzip, chunked", "A compressed body, which no platform sends."),
            ("chunked-gzip", "chunked, gzip", "chunked is not the last coding."),
            ("chunked-identity", "chunked, identity", "A list with identity."),
            ("identity", "identity", "A coding that says nothing about the length."),
            ("gzip", "gzip", "A coding without chunks."),
            ("empty", "", "An empty coding."),
            ("comma-before", ", chunked", "An empty element before chunked."),
            ("comma-behind", "chunked,", "An empty element behind chunked."),
            ("parameter", "chunked;q=1", "A parameter behind chunked."),
            ("quoted", "\"chunked\"", "A quoted coding."),
            ("vertical-tab", "\x0bchunked", "A vertical tab before chunked; some servers skip it "
             "and some do not."),
            ("inner-blank", "chun ked", "A blank inside the word.")):
        add("coding-" + name, why, [post, host, "Transfer-Encoding: " + value])
    add("coding-two-lines", "Two lines with chunked.", [post, host, chunked, chunked])
    add("coding-two-lines-identity", "Two lines with different codings.",
        [post, host, chunked, "Transfer-Encoding: identity"])
    add("coding-http10", "Chunks in HTTP/1.0, which does not know them.",
        ["POST %s HTTP/1.0" % target, host, chunked])
    add("coding-http10-and-length", "Chunks and a length in HTTP/1.0.",
        ["POST %s HTTP/1.0" % target, host, length, chunked])

    add("get-length", "A GET with a body would leave its bytes as the next request.",
        [get, host, length])
    add("get-chunked", "A GET in chunks.", [get, host, chunked])
    add("get-zero-and-chunked", "A GET with a length of 0 and chunks.",
        [get, host, "Content-Length: 0", chunked])
    add("get-two-zeros", "A GET with two lengths of 0.",
        [get, host, "Content-Length: 0", "Content-Length: 0"])

    add("folded", "A header line that goes on in the next line; old readers join them, others "
        "see a line of its own.", [post, host, "X-Note: one", " two", length])
    add("folded-tab", "The same with a tab.", [post, host, "X-Note: one", "\ttwo", length])
    add("folded-coding", "chunked stands in a folded line.",
        [post, host, "Transfer-Encoding:", " chunked"])
    add("folded-length", "The length stands in a folded line.",
        [post, host, "Content-Length:", " 5"])
    add("folded-first", "The first header line begins with a blank.", [post, " " + host, length])
    add("folded-hidden-coding", "A folded line that looks like a coding.",
        [post, host, length, "X-Note: one", " Transfer-Encoding: chunked"])
    add("blank-before-colon-length", "A blank between the name and the colon.",
        [post, host, "Content-Length : 5"])
    add("blank-before-colon-coding", "A blank between the name and the colon, beside a length: one "
        "reader sees chunks and one does not.", [post, host, length, "Transfer-Encoding : chunked"])
    add("tab-before-colon", "A tab between the name and the colon.",
        [post, host, "Content-Length\t: 5"])
    add("blank-before-colon-other", "A blank between any other name and its colon.",
        [post, host, length, "X-Note : one"])
    add("blank-in-name", "A blank inside a name.",
        [post, host, length, "Transfer Encoding: chunked"])
    add("no-colon", "A line without a colon.", [post, host, length, "Transfer-Encoding chunked"])
    add("no-name", "A line without a name.", [post, host, length, ": chunked"])

    whole = "\r\n".join([post, host, length]) + "\r\n\r\n"
    add("bare-lf-everywhere", "Every line ends with a bare line feed.", whole.replace("\r\n", "\n"))
    add("bare-lf-request-line", "The request line ends with a bare line feed.",
        whole.replace("\r\n", "\n", 1))
    add("bare-lf-header", "One header line ends with a bare line feed.",
        "\r\n".join([post, host + "\n" + length]) + "\r\n\r\n")
    add("bare-lf-end", "The empty line at the end is a bare line feed.",
        "\r\n".join([post, host, length]) + "\r\n\n")
    add("bare-lf-hidden-coding", "A line feed inside a value hides a coding.",
        [post, host, length, "X-Note: one\nTransfer-Encoding: chunked"])
    add("bare-cr", "A carriage return without a line feed inside a value.",
        [post, host, length, "X-Note: one\rTransfer-Encoding: chunked"])
    add("nul-in-value", "A NUL byte in a value; a reader of C strings stops there.",
        [post, host, length, "X-Note: one\0two"])
    add("nul-in-length", "A NUL byte behind the length.", [post, host, "Content-Length: 5\x000"])
    add("nul-in-name", "A NUL byte in a name.", [post, host, length, "X-No\0te: one"])
    add("nul-in-coding", "A NUL byte behind chunked.",
        [post, host, "Transfer-Encoding: chunked\0"])
    add("nul-in-target", "A NUL byte in the request line.",
        ["POST /callback/wx-official\0?nonce=1 HTTP/1.1", host, length])
    return {"about": (
        "Each case is the head of one HTTP request, up to and with the empty line behind it, as "
        "the bytes that arrive; no byte of a body belongs to it. "
        "\"head\" is the head as text, and line ends are written out; \"head_base64\" stands in its "
        "place when the head holds a NUL byte. "
        "\"expect\" is \"ok\" when the head says without doubt where the body ends, and "
        "\"malformed_framing\" when a receiver must refuse the request and close the connection. "
        "A receiver wants exactly one Host on HTTP/1.1, for a POST exactly one Content-Length of "
        "digits only or exactly \"chunked\" on HTTP/1.1, for a GET no body, and lines that end "
        "with carriage return and line feed, without folding, without blanks before a colon and "
        "without NUL bytes. "
        "\"why\" says which attack or oddity the case stands for."), "cases": cases}


# --- Query strings ------------------------------------------------------------------------------

def build_query():
    cases = []

    def add(name, query, parameter, expect):
        assert name not in [item["name"] for item in cases], name
        assert query_value(query, parameter) == expect.encode(), name
        cases.append({"name": name, "query": query, "parameter": parameter, "expect": expect})

    add("first", "a=1&b=2&c=3", "a", "1")
    add("middle", "a=1&b=2&c=3", "b", "2")
    add("last", "a=1&b=2&c=3", "c", "3")
    add("missing", "a=1&b=2", "c", "")
    add("empty-query", "", "a", "")
    add("empty-value", "a=&b=2", "a", "")
    add("empty-value-last", "b=2&a=", "a", "")
    add("no-equals-sign", "a&b=2", "a", "")
    add("behind-no-equals-sign", "a&b=2", "b", "2")
    add("empty-pairs", "&&a=1&&b=2&", "b", "2")
    add("equals-signs-in-value", "a=x==&b=2", "a", "x==")
    add("only-equals-sign", "=&a=1", "a", "1")
    add("name-is-end-of-other", "msg_signature=4&signature=3", "signature", "3")
    add("name-is-end-of-other-alone", "msg_signature=4", "signature", "")
    add("name-is-start-of-other", "nonce2=7&nonce=8", "nonce", "8")
    add("name-inside-value", "a=nonce=5&nonce=6", "nonce", "6")
    add("name-case", "Nonce=1&nonce=2", "nonce", "2")
    add("name-case-missing", "NONCE=1", "nonce", "")
    add("repeated-first-counts", "a=1&a=2", "a", "1")
    add("repeated-three-times", "b=0&a=3&b=1&a=1&a=2", "a", "3")
    add("repeated-first-empty", "a=&a=2", "a", "")
    add("plus-stays", "a=1+2", "a", "1+2")
    add("plus-at-ends", "a=+x+", "a", "+x+")
    add("percent-plus", "a=1%2B2", "a", "1+2")
    add("percent-plus-lower", "a=1%2b2", "a", "1+2")
    add("percent-blank", "a=1%202", "a", "1 2")
    add("percent-slash-equals", "a=x%2Fy%3D%3D", "a", "x/y==")
    add("percent-ampersand", "a=1%26b=2&b=3", "a", "1&b=2")
    add("percent-ampersand-other", "a=1%26b=2&b=3", "b", "3")
    add("percent-percent", "a=100%25", "a", "100%")
    add("decoded-once", "a=%2541", "a", "%41")
    add("decoded-once-plus", "a=%252B", "a", "%2B")
    add("percent-utf-8", "a=%E8%AE%A2%E5%8D%95", "a", "订单")
    add("percent-utf-8-lower", "a=%e8%ae%a2", "a", "订")
    add("percent-letters", "a=%61%62%63", "a", "abc")
    add("percent-question-mark", "a=%3F&b=1", "a", "?")
    add("question-mark-stays", "a=1?b=2", "a", "1?b=2")
    add("broken-end", "a=5%", "a", "5%")
    add("broken-one-digit", "a=5%4", "a", "5%4")
    add("broken-no-digits", "a=%zz", "a", "%zz")
    add("broken-second-digit", "a=%4g", "a", "%4g")
    add("broken-first-digit", "a=%g4", "a", "%g4")
    add("broken-then-good", "a=%%41", "a", "%A")
    add("broken-sign", "a=%+1%-1", "a", "%+1%-1")
    add("broken-blank-digit", "a=% 41", "a", "% 41")
    add("broken-before-next", "a=%&b=2", "a", "%")
    add("broken-before-next-other", "a=%&b=2", "b", "2")
    add("broken-across-pairs", "a=%4&1=2", "a", "%4")
    add("broken-prefix", "a=%0x41", "a", "%0x41")
    add("broken-unicode", "a=%u8BA2", "a", "%u8BA2")
    add("semicolon-is-no-separator", "a=1;b=2", "a", "1;b=2")
    add("semicolon-is-no-separator-other", "a=1;b=2", "b", "")
    add("tilde-and-dots", "a=-_.~!*'()", "a", "-_.~!*'()")
    add("echostr", "msg_signature=0&timestamp=1&nonce=2&echostr=P9nA%2Bx%2FqYX3%3D%3D", "echostr",
        "P9nA+x/qYX3==")
    add("echostr-bare", "msg_signature=0&timestamp=1&nonce=2&echostr=P9nA+x/qYX3==", "echostr",
        "P9nA+x/qYX3==")
    add("echostr-blank", "echostr=P9nA%20x", "echostr", "P9nA x")
    return {"about": (
        "Each case is a raw query string (without the question mark before it), the name of a "
        "parameter and the value that a receiver must read for it. "
        "Parameters are separated by \"&\", and the first \"=\" ends the name. "
        "Only %XX with two hexadecimal digits is decoded, and once; a plus sign stays a plus sign, "
        "and a percent sign that begins no such escape stays as it is. "
        "The first parameter of a name counts, names are compared exactly, and a missing parameter "
        "reads as the empty string."), "cases": cases}


# --- Output -------------------------------------------------------------------------------------

def invisible(hit):
    return "\\u%04x" % ord(hit.group())


def text_of(document):
    """JSON with letters as they are, except for those that nobody can see."""
    text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    return re.sub("[\u007f-\u009f\u200b-\u200f\u2028-\u202e\ufeff]", invisible, text)


def main():
    known_answers()
    documents = {"wechat": build_wechat().document(), "wecom": build_wecom().document(),
                 "weibo": build_weibo().document(), "framing": build_framing(),
                 "query": build_query()}
    differing = []
    for name, document in documents.items():
        names = [case["name"] for case in document["cases"]]
        assert len(names) == len(set(names))
        text, path = text_of(document), os.path.join(HERE, name + ".json")
        assert json.loads(text) == document
        if "--check" in sys.argv[1:]:
            with open(path, encoding="utf-8") as file:
                if file.read() != text:
                    differing.append(path)
        else:
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
        print("%-8s %4d cases" % (name, len(names)))
    if differing:
        sys.exit("differs: " + ", ".join(differing))


if __name__ == "__main__":
    main()
