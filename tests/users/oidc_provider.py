"""A small OpenID Connect provider on 127.0.0.1, real enough to be attacked: discovery, keys, code, tokens, userinfo.

A test chooses what it says (`claims`) and how it misbehaves (`fault`).
"""

import base64
import hashlib
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "portail", "secret-de-test"


class Provider:
    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims = {"sub": "123", "email": "camille@exemple.example", "email_verified": True}
        self.claims |= {"given_name": "Camille", "family_name": "Exemple"}
        self.fault = ""
        self.requests = {}  # code: what was asked at the authorize address
        provider = self

        class Handler(_Handler):
            state = provider

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, address):
        """What the person's browser does at the provider; the address it comes back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = uuid.uuid4().hex
        self.requests[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def tokens(self, form):
        asked = self.requests.pop(form["code"], None)  # a code serves once
        if asked is None or form.get("client_secret") != CLIENT_SECRET:
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        payload = {"iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 60, "nonce": asked.get("nonce")}
        payload |= self.claims
        if self.fault == "nonce":
            payload["nonce"] = "autre"
        elif self.fault == "audience":
            payload["aud"] = "un-autre-site"
        elif self.fault == "expired":
            payload["exp"] = now - 3600
        key = self.other_key if self.fault == "signature" else self.key
        identity = jwt.encode(payload, key, algorithm="RS256", headers={"kid": "x" if self.fault == "kid" else "1"})
        return 200, {"access_token": "jeton", "token_type": "Bearer", "expires_in": 60, "id_token": identity}

    def discovery(self):
        return 200, {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return 200, {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}


class _Handler(BaseHTTPRequestHandler):
    state: Provider

    def do_GET(self):
        answers = {
            "/.well-known/openid-configuration": self.state.discovery,
            "/jwks": self.state.keys,
            "/userinfo": lambda: (200, self.state.claims),
        }
        self._answer(*answers[self.path]())

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer(*self.state.tokens({name: values[0] for name, values in form.items()}))

    def _answer(self, status, body):
        if self.state.fault == "away":
            status, body = 503, {}
        content = b"pas du JSON" if self.state.fault == "garbage" else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass
