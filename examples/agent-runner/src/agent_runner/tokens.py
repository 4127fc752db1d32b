"""Tokens (JWT, RFC 7519) for the worker's gRPC service: HMAC-SHA-256 with the key `AGENT_RPC_KEY`."""

import time

import jwt

ALGORITHM = "HS256"
AUDIENCE = "agent-runner"
LIFETIME_SECONDS = 300


class TokenError(ValueError):
    """The token is not ours, is for somebody else, or is too old."""


def issue(key: str, subject: str) -> str:
    """Signs a token for a caller."""
    now = int(time.time())
    claims = {"sub": subject, "aud": AUDIENCE, "iat": now, "exp": now + LIFETIME_SECONDS}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def verify(key: str, token: str) -> str:
    """Returns the caller that a token names.

    Raises:
        TokenError: the token must not be trusted.
    """
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], audience=AUDIENCE, options={"require": ["exp", "sub"]})
    except jwt.InvalidTokenError as error:
        raise TokenError(f"invalid token: {error}") from error
    return claims["sub"]
