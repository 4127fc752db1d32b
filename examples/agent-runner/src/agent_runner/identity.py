"""Tokens of an identity provider (OpenID Connect): RS256 or ES256, verified by its published keys (RFC 7517)."""

import warnings
from collections.abc import Mapping
from typing import Any

from authlib.deprecate import AuthlibDeprecationWarning

with warnings.catch_warnings():
    # authlib.jose stays until Authlib 2.0; pyproject.toml keeps us below it. Filtered after the import above, because
    # that import switches the warning on.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.jose import JsonWebKey, JsonWebToken
    from authlib.jose.errors import JoseError

from agent_runner.tokens import TokenError

ALGORITHMS = ["RS256", "ES256"]


def verify_identity(token: str, key_set: Mapping[str, Any], issuer: str) -> str:
    """Returns the subject of a provider's token.

    Raises:
        TokenError: the token must not be trusted.
    """
    options = {"iss": {"essential": True, "value": issuer}, "exp": {"essential": True}, "sub": {"essential": True}}
    try:
        claims = JsonWebToken(ALGORITHMS).decode(token, JsonWebKey.import_key_set(key_set), claims_options=options)
        claims.validate()
    except (JoseError, ValueError) as error:
        raise TokenError(f"invalid identity token: {error}") from error
    return claims["sub"]
