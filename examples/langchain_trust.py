"""LangChain: a tool that asks whether an agent can be relied on, and a callback that notes how it did.

    pip install langchain-core; AIP_NODE_HOME=~/alice python3 your_chain.py

    tools = [TrustCheck()]
    chain.invoke(task, config={"callbacks": [Observing(did, task="research", promised=1)]})
"""
import os

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.tools import BaseTool

from agent import Node

LEAST = 0.3


def node():
    return Node(os.environ["AIP_NODE_HOME"])


class TrustCheck(BaseTool):
    name: str = "aip_trust"
    description: str = "Whether an agent, named by its DID, can be given a task. Answers yes or no, and why."

    def _run(self, did: str, scope: str = "general") -> str:
        score = node().score(did, scope)
        assured = score["assured"]
        verdict = "yes" if assured is not None and assured >= LEAST else "no"
        return f"{verdict}: {score['reason']}"


class Observing(BaseCallbackHandler):
    """Notes, privately, whether the agent that a run was given to came back with something."""

    def __init__(self, did, task, promised=1):
        self.did, self.task, self.promised = did, task, promised

    def on_chain_end(self, outputs, **kwargs):
        delivered = self.promised if outputs else 0
        node().observe(self.did, self.task, self.promised, delivered)

    def on_chain_error(self, error, **kwargs):
        node().observe(self.did, self.task, self.promised, 0)
