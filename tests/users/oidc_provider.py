"""A small OpenID Connect provider on 127.0.0.1, real enough to be attacked: discovery, keys, code, tokens, userinfo.

A test chooses what it says (`claims`), whether it signs what it says of the person (`signs_userinfo`), and how it
misbehaves (`fault`).
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

CLIENT_SECRET = "secret-de-test"


class Provider:
    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims = {"sub": "123", "email": "camille@exemple.example", "email_verified": True}
        self.claims |= {"given_name": "Camille", "family_name": "Exemple"}
        self.fault = ""
        self.signs_userinfo = False
        self.client_id = ""  # who asked last
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
        self.client_id = asked["client_id"]
        now = int(time.time())
        payload = {"iss": self.url, "aud": asked["client_id"], "iat": now, "exp": now + 60, "nonce": asked.get("nonce")}
        payload |= self.claims
        if self.fault == "nonce":
            payload["nonce"] = "autre"
        elif self.fault == "audience":
            payload["aud"] = "un-autre-site"
        elif self.fault == "expired":
            payload["exp"] = now - 3600
        key = self.other_key if self.fault == "signature" else self.key
        kid = {"kid": "x", "no kid": None}.get(self.fault, "1")
        identity = jwt.encode(payload, key, algorithm="RS256", headers={"kid": kid} if kid else {})
        if self.fault == "not a token":
            identity = "ceci.nest.pas"
        elif self.fault == "no token":
            return 200, {"access_token": "jeton", "token_type": "Bearer", "expires_in": 60}
        return 200, {"access_token": "jeton", "token_type": "Bearer", "expires_in": 60, "id_token": identity}

    def discovery(self):
        if self.fault == "no endpoints":
            return 200, {"issuer": self.url}
        return 200, {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def userinfo(self):
        person = {**self.claims, "sub": "456"} if self.fault == "somebody else" else self.claims
        if self.fault == "list":
            return 200, [person]
        if not self.signs_userinfo:
            return 200, person
        now = int(time.time())
        person = {**person, "iss": self.url, "aud": self.client_id, "iat": now, "exp": now + 60}
        key = self.other_key if self.fault == "userinfo signature" else self.key
        return 200, jwt.encode(person, key, algorithm="RS256", headers={"kid": "1"})

    def keys(self):
        if self.fault == "no keys":
            return 200, {}
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return 200, {"keys": [{**public, "kid": "1", "use": "sig", "alg": "RS256"}]}


class _Handler(BaseHTTPRequestHandler):
    state: Provider

    def do_GET(self):
        answers = {
            "/.well-known/openid-configuration": self.state.discovery,
            "/jwks": self.state.keys,
            "/userinfo": self.state.userinfo,
        }
        path = urlsplit(self.path).path
        if path == "/authorize":  # the person agrees at once
            self.send_response(302)
            self.send_header("Location", self.state.authorize(self.path))
            self.end_headers()
        elif path in answers:
            self._answer(*answers[path]())
        else:
            self.send_error(404)

    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._answer(*self.state.tokens({name: values[0] for name, values in form.items()}))

    def _answer(self, status, body):
        if self.state.fault == "away":
            status, body = 503, {}
        is_token = isinstance(body, str)
        content = body.encode() if is_token else json.dumps(body).encode()
        if self.state.fault == "garbage":
            content = b"pas du JSON"
        self.send_response(status)
        self.send_header("Content-Type", "application/jwt; charset=utf-8" if is_token else "application/json")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        pass
