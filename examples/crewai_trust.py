"""CrewAI: give a task only to an agent that can be relied on, and note how each task ended.

    pip install crewai; AIP_NODE_HOME=~/alice python3 your_crew.py

    crew = Crew(agents=[...], tasks=[...], task_callback=observing({"Reviewer": "did:aip:..."}))
"""
import os

from crewai.tools import tool

from agent import Node

LEAST = 0.3


def node():
    return Node(os.environ["AIP_NODE_HOME"])


@tool("Trust check")
def trust_check(did: str) -> str:
    """Whether the agent with this DID can be given a task: yes or no, and why."""
    score = node().score(did)
    assured = score["assured"]
    verdict = "yes" if assured is not None and assured >= LEAST else "no"
    return f"{verdict}: {score['reason']}"


def observing(dids, task="crew-task"):
    """A task_callback: notes, privately, what came of each task of an agent whose DID is known."""

    def noted(output):
        did = dids.get(output.agent)
        if did is not None:
            node().observe(did, task, promised=1, delivered=1 if output.raw else 0)

    return noted
