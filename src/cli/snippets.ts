/** What people paste into programs of a framework that has no file of its own to be written. */

const HEAD = `# Python, standard library only. The node runs beside it: aip-node start
import json, os, urllib.request

HOME, XDG = os.environ.get("AIP_NODE_HOME"), os.environ.get("XDG_RUNTIME_DIR")
RUN = (f"{HOME}/run" if HOME else f"{XDG}/aip-node" if XDG
       else os.path.expanduser("~/.local/state/aip-node/run"))
URL = json.load(open(f"{RUN}/address.json"))["url"]
TOKEN = open(f"{RUN}/token").read().strip()

def aip(method, path, body=None):
    request = urllib.request.Request(URL + path, method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)
`

const LANGCHAIN = `${HEAD}
from langchain_core.tools import tool

@tool
def trust_score(did: str, scope: str = "general") -> dict:
    """How far to trust an agent before you delegate to it. Go by "assured"; null means unknown."""
    return aip("GET", f"/v1/agents/{did}/score?scope={scope}")
`

const CREWAI = `${HEAD}
def observed(did, task):
    """A task callback: Task(..., callback=observed("did:aip:…", "research"))."""
    def note(output):
        aip("POST", "/v1/observations", {"subject": did, "task": task, "promised": 1,
            "delivered": 1 if getattr(output, "raw", "") else 0, "share": "private"})
    return note
`

export const SNIPPETS: Readonly<Record<string, string>> = { langchain: LANGCHAIN, crewai: CREWAI }
