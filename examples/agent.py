"""Ask the node beside this agent, with nothing but Python's standard library.

    AIP_NODE_HOME=~/alice python3 examples/agent.py DID

Says how an agent looks from here, notes that it delivered four of five, and signs a request to it.
"""
import http.client
import json
import os
import socket
import sys


class Node:
    """The running node, over its unix socket: no token, and every right of its owner."""

    def __init__(self, home):
        with open(os.path.join(home, "run", "address.json"), encoding="utf-8") as file:
            self.path = json.load(file)["socket"]

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.sock.settimeout(10)
        connection.sock.connect(self.path)
        headers = {"Host": "aip-node.sock"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        connection.close()
        if response.status >= 400:
            raise RuntimeError(f"{answer['code']}: {answer.get('detail', answer['title'])}")
        return answer

    def score(self, did, scope="general"):
        return self.call("GET", f"/v1/agents/{did}/score?scope={scope}")

    def observe(self, did, task, promised, delivered, share="private"):
        seen = {"subject": did, "task": task, "promised": promised, "delivered": delivered}
        return self.call("POST", "/v1/observations", {**seen, "share": share})

    def sign(self, method, url):
        return self.call("POST", "/v1/http-signatures/sign", {"method": method, "url": url})


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python3 examples/agent.py DID")
    did = sys.argv[1]
    node = Node(os.environ.get("AIP_NODE_HOME", os.path.expanduser("~/.aip-node")))
    before = node.score(did, "review")
    print(f"before: {before['state']}, {before['reason']}")
    node.observe(did, "review", promised=5, delivered=4)
    after = node.score(did, "review")
    print(f"after:  {after['state']}, {after['reason']}")
    headers = node.sign("GET", "https://peer.example/tasks")["headers"]
    print("headers:", ", ".join(sorted(headers)))


if __name__ == "__main__":
    main()
