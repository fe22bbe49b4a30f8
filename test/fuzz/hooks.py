"""What no JSON Schema can say: times over ten years away are refused."""

from datetime import date

import schemathesis

LAST_YEAR = date.today().year + 9


@schemathesis.hook
def map_body(context, body):
    at = body.get("scheduled_at") if isinstance(body, dict) else None
    if isinstance(at, str) and at[:4].isdecimal() and int(at[:4]) > LAST_YEAR:
        return {**body, "scheduled_at": "2000" + at[4:]}  # as leap as any
    return body
