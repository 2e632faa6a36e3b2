"""pyotp, asked by tests/interop: a question a line on standard input, as JSON, and an answer a line in the same order."""

import hashlib
import json
import sys

import pyotp

DIGESTS = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


def totp(ask, **names):
    digest = DIGESTS[ask["algorithm"]]
    return pyotp.TOTP(ask["key"], digits=ask["digits"], digest=digest, interval=ask["period"], **names)


def hotp(ask, **names):
    digest = DIGESTS[ask["algorithm"]]
    return pyotp.HOTP(ask["key"], digits=ask["digits"], digest=digest, initial_count=ask["counter"], **names)


def codes(ask):
    """The codes of three time steps in a row, and whether a typed code is right at a time."""
    authenticator = totp(ask)
    return {
        "codes": [authenticator.at(ask["first"] + step * ask["period"]) for step in range(3)],
        "right": authenticator.verify(ask["typed"], for_time=ask["time"]),
    }


def write(ask):
    names = {"name": ask["account"], "issuer": ask["issuer"]}
    authenticator = totp(ask, **names) if "period" in ask else hotp(ask, **names)
    return {"uri": authenticator.provisioning_uri()}


def read(ask):
    authenticator = pyotp.parse_uri(ask["uri"])
    told = {
        "issuer": authenticator.issuer,
        "account": authenticator.name,
        "key": authenticator.secret,
        "algorithm": authenticator.digest().name.upper(),
        "digits": authenticator.digits,
    }
    if isinstance(authenticator, pyotp.TOTP):
        return told | {"period": authenticator.interval, "code": authenticator.at(ask["time"])}
    return told | {"counter": authenticator.initial_count, "code": authenticator.at(0)}


def answer(ask):
    try:
        return {"codes": codes, "write": write, "read": read}[ask["ask"]](ask)
    except ValueError as error:
        return {"error": str(error)}


# All of it is read before anything is written, so that neither side waits for the other.
for answered in [answer(json.loads(line)) for line in sys.stdin.buffer.read().splitlines()]:
    print(json.dumps(answered))
