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
