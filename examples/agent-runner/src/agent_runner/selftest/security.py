"""Checks of tokens and certificates."""

import base64
import time
from collections.abc import Callable

from agent_runner.selftest.outcome import Failed, expect

FEWEST_AUTHORITIES = 100
ISSUER = "https://identity.example"


def check_certificates() -> str:
    """OpenSSL reads certifi's bundle."""
    import ssl

    import certifi

    count = len(ssl.create_default_context(cafile=certifi.where()).get_ca_certs())
    if count <= FEWEST_AUTHORITIES:
        raise Failed(f"`{certifi.where()}` has {count} authorities, expected more than {FEWEST_AUTHORITIES}")
    return f"{count} authorities, {ssl.OPENSSL_VERSION}"


def flip_signature(token: str) -> str:
    """Changes one bit of a token's signature."""
    head, _, signature = token.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    raw[0] ^= 1
    return f"{head}.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode('ascii')}"


def expect_refused(what: str, verify: Callable[[], str]) -> None:
    """Expects that a token is refused."""
    from agent_runner.tokens import TokenError

    try:
        subject = verify()
    except TokenError:
        return
    raise Failed(f"{what} was accepted, as `{subject}`")


def check_jwt() -> None:
    """Our own tokens are verified; forged ones are not."""
    from agent_runner.tokens import issue, verify

    key, other_key = "k" * 32, "o" * 32
    token = issue(key, "operator")
    expect("the token's subject", verify(key, token), "operator")
    expect_refused("a token with a changed signature", lambda: verify(key, flip_signature(token)))
    expect_refused("a token of another key", lambda: verify(key, issue(other_key, "operator")))


def check_identity() -> None:
    """A token that Authlib signs (ES256) is verified by Authlib and by PyJWT; forged ones are not."""
    import jwt
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    from agent_runner.identity import JsonWebKey, JsonWebToken, verify_identity

    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    keys = {"keys": [JsonWebKey.import_key(public, {"kty": "EC", "kid": "1"}).as_dict()]}
    claims = {"iss": ISSUER, "sub": "user", "exp": int(time.time()) + 60}
    token = JsonWebToken(["ES256"]).encode({"alg": "ES256", "kid": "1"}, claims, pem).decode("ascii")
    expect("the subject by Authlib", verify_identity(token, keys, ISSUER), "user")
    expect("the subject by PyJWT", jwt.decode(token, public, algorithms=["ES256"])["sub"], "user")
    expect_refused("a changed signature", lambda: verify_identity(flip_signature(token), keys, ISSUER))
    expect_refused("another issuer's token", lambda: verify_identity(token, keys, ISSUER + ".evil"))
