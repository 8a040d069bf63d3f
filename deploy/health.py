"""Say whether a container does its work: `health.py web`, `health.py celery`, `health.py reaper`; ends with 0 or 1.

Small on purpose: it runs every few seconds, and loading the whole site for that would cost more than some of the work.
"""

import os
import socket
import sys
import urllib.error
import urllib.request

ANSWER_S = 5
SEEN_WITHIN_S = 60  # a worker writes a line every ten seconds, and the database may be slow for a moment


def web() -> str | None:
    """Return what is wrong with the web server of this container, or None."""
    address = f"http://127.0.0.1:{os.environ.get('WBCWEB_PORT') or 8000}/ready"
    directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        directly.open(address, timeout=ANSWER_S).close()
    except urllib.error.HTTPError as error:
        return f"{address} answers {error.code}: {error.read(2000).decode(errors='replace').strip()}"
    except OSError as error:
        return f"{address} does not answer: {error}"
    return None


def worker(role: str) -> str | None:
    """Return what is wrong with the worker of this container, or None: it must have said lately that it lives."""
    import psycopg

    question = (
        "SELECT 1 FROM jobs_worker"
        " WHERE host = %s AND role = %s AND seen_at > now() - make_interval(secs => %s)"
    )
    try:
        with psycopg.connect(os.environ["WBCWEB_DATABASE_URL"], connect_timeout=ANSWER_S) as line:
            seen = line.execute(question, (socket.gethostname(), role, SEEN_WITHIN_S)).fetchone()
    except psycopg.Error as error:
        return f"The database does not answer: {str(error).strip()}"
    return None if seen else f"No {role} of this container was seen within {SEEN_WITHIN_S} seconds."


def main(role: str) -> int:
    """Look once; say what is wrong."""
    problem = web() if role == "web" else worker(role)
    if problem is not None:
        sys.stderr.write(f"{problem}\n")
    return int(problem is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
