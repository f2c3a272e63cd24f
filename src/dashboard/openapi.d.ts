/** Made from docs/openapi.json by "npm run reference". */
export interface paths {
    "/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the node is: version, network, peers, store, and what to do next.
         * @description Needs the right "read".
         */
        get: operations["status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identity": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who this node is: DID, key, addresses, invites.
         * @description Needs the right "read".
         */
        get: operations["identity"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identity/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace the operational key, by the rotation key of the sheet. The DID stays.
         * @description Needs the right "admin".
         */
        post: operations["rotateIdentity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identity/recover": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Begin a new generation of keys, by the recovery key of the sheet. The DID stays.
         * @description Needs the right "admin".
         */
        post: operations["recoverIdentity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/identity/deactivate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End this identity for good, by the recovery key of the sheet.
         * @description Needs the right "admin".
         */
        post: operations["deactivateIdentity"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/1.0/identifiers/{did}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The DID document of a DID, how it was obtained, how fresh and how verified it is.
         * @description Needs the right "read".
         */
        get: operations["resolve"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{did}/possession": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Dial the peer of an agent's current key, and have it prove that it holds the key.
         * @description Needs the right "read".
         */
        post: operations["provePeer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/challenges": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask an agent behind an HTTP origin to prove its key: the question to send there.
         * @description Needs the right "read".
         */
        post: operations["openChallenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/challenges/answer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Answer another agent's question, if it is for an origin that this agent serves.
         * @description Needs the right "sign".
         */
        post: operations["answerChallenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/challenges/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check the answer to my question and, if it holds, prove my own key in turn.
         * @description Needs the right "sign".
         */
        post: operations["confirmChallenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/challenges/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check the other side's proof: an answer to my question, or a confirmation to me.
         * @description Needs the right "read".
         */
        post: operations["verifyChallenge"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign text, or the hash of a file or of the manifest of a directory.
         * @description Needs the right "sign".
         */
        post: operations["signContent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a signature of text or files, and how the key that signed stands now.
         * @description Needs the right "read".
         */
        post: operations["verifyContent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vouches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Vouches held here, newest first.
         * @description Needs the right "read".
         */
        get: operations["listVouches"];
        put?: never;
        /**
         * Vouch for an agent, for one scope, until the vouch expires. Public and irrevocable as a fact.
         * @description Needs the right "vouch".
         */
        post: operations["createVouch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/vouches/{id}/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a vouch of mine back. Public; the vouch stays readable and stops to count.
         * @description Needs the right "vouch".
         */
        post: operations["revokeVouch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/promises": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Promises held here, newest first.
         * @description Needs the right "read".
         */
        get: operations["listPromises"];
        put?: never;
        /**
         * Promise a delegator to deliver work by a deadline. Public.
         * @description Needs the right "observe".
         */
        post: operations["createPromise"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/observations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Observations held here, my private ones included, newest first.
         * @description Needs the right "read".
         */
        get: operations["listObservations"];
        put?: never;
        /**
         * Say what an agent delivered. Private unless shared; public ones need the right "vouch".
         * @description Needs the right "observe".
         */
        post: operations["createObservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/records/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign a private observation of mine and send it to the network. Irrevocable.
         * @description Needs the right "vouch".
         */
        post: operations["publishObservation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{did}/score": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Should I delegate to this agent? The score from my viewpoint; gates use "assured".
         * @description Needs the right "read".
         */
        get: operations["score"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{did}/explanation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same number, taken apart into the records that it was made of.
         * @description Needs the right "read".
         */
        get: operations["explanation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{did}/pdr": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How an agent did, day by day, and when its latest outcomes left the rest.
         * @description Needs the right "read".
         */
        get: operations["history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{did}/paths": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How I reach an agent: vouch paths, strongest first.
         * @description Needs the right "read".
         */
        get: operations["paths"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The agents known here, with their scores, best first.
         * @description Needs the right "read".
         */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agents/{did}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One agent: keys, name, what is held about it.
         * @description Needs the right "read".
         */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * My own overrides and petnames. They never leave this node.
         * @description Needs the right "read".
         */
        get: operations["listPins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/pins/{did}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Trust, distrust, cap or name an agent, for this node alone.
         * @description Needs the right "vouch".
         */
        put: operations["putPin"];
        post?: never;
        /**
         * Remove an override and its petname.
         * @description Needs the right "vouch".
         */
        delete: operations["deletePin"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/forgotten": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The agents that lists and events leave out.
         * @description Needs the right "read".
         */
        get: operations["listForgotten"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/forgotten/{did}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /**
         * Hide an agent from lists and events of this node. Its records stay, and still count.
         * @description Needs the right "vouch".
         */
        put: operations["forgetAgent"];
        post?: never;
        /**
         * Show an agent again that was hidden.
         * @description Needs the right "vouch".
         */
        delete: operations["recallAgent"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The nodes that this node is connected to or keeps the address of.
         * @description Needs the right "read".
         */
        get: operations["listPeers"];
        put?: never;
        /**
         * Connect to a node by invite or multiaddr, and remember it.
         * @description Needs the right "admin".
         */
        post: operations["addPeer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/peers/{peer}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Disconnect from a node and forget its addresses.
         * @description Needs the right "admin".
         */
        delete: operations["removePeer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/denied": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whom this node keeps out: peers, agents and ranges of addresses.
         * @description Needs the right "read".
         */
        get: operations["listDenied"];
        put?: never;
        /**
         * Keep a peer, an agent or a range of addresses out, and hang up on it.
         * @description Needs the right "admin".
         */
        post: operations["denyPeer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/denied/readmit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Let somebody in again who was kept out.
         * @description Needs the right "admin".
         */
        post: operations["readmitPeer"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/doctor": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Checks of the running node, each with a verdict and what to do about it.
         * @description Needs the right "read".
         */
        get: operations["doctor"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/records/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One record: what was signed, and its bytes.
         * @description Needs the right "read".
         */
        get: operations["getRecord"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/records": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Records held here, newest first.
         * @description Needs the right "read".
         */
        get: operations["listRecords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/records/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take in a bundle of records and identities. Stored, not gossiped.
         * @description Needs the right "admin".
         */
        post: operations["importRecords"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/records/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A bundle of the records held here and the identities that they need.
         * @description Needs the right "read".
         */
        get: operations["exportRecords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/records/{id}/credential": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A live vouch of mine as a W3C Verifiable Credential 2.0, signed anew. Irrevocable as a fact.
         * @description Needs the right "vouch".
         */
        post: operations["exportCredential"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/credentials/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Whether a credential of a vouch holds, by the key logs and revocations known here.
         * @description Needs the right "read".
         */
        post: operations["verifyCredential"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/backup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * For a backup: pins, private observations, own records, author sequences. No key.
         * @description Needs the right "admin".
         */
        post: operations["exportHome"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What happens, as server-sent events; Last-Event-ID resumes.
         * @description Needs the right "read".
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/graph": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Agents by their distance from me, and the vouches between them.
         * @description Needs the right "read".
         */
        get: operations["graph"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The tokens that were made for programs, without their secrets.
         * @description Needs the right "admin".
         */
        get: operations["listTokens"];
        put?: never;
        /**
         * Make a token for a program, with the rights that it needs and no more.
         * @description Needs the right "admin".
         */
        post: operations["createToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a token. What it was used for stays.
         * @description Needs the right "admin".
         */
        delete: operations["revokeToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/session-codes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * A code that opens one visit of the pages: "aip-node ui" asks for it.
         * @description Needs the right "admin".
         */
        post: operations["createSessionCode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Trade a code for the token of one visit, which is kept in memory on both sides.
         * @description Needs no token.
         */
        post: operations["openSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The latest lines of the log, oldest first.
         * @description Needs the right "admin".
         */
        get: operations["logs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/http-signatures/sign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The headers that sign a request to another agent.
         * @description Needs the right "sign".
         */
        post: operations["signRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/http-signatures/directory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What this agent's web site answers about its key for Web Bot Auth, signed anew.
         * @description Needs the right "sign".
         */
        post: operations["botDirectory"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/http-signatures/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Who signed a request, how that agent scores, and whether to serve it.
         * @description Needs the right "read".
         */
        post: operations["verifyRequest"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agent-cards/sign": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * An AgentCard of A2A with this agent's DID in it, signed by its key.
         * @description Needs the right "sign".
         */
        post: operations["signAgentCard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/agent-cards/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Which agent an AgentCard of A2A is of, if its key signed the card, and its score.
         * @description Needs the right "read".
         */
        post: operations["verifyAgentCard"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/paths": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How one agent reaches another, and what if some vouches or agents were not there.
         * @description Needs the right "read".
         */
        get: operations["pathsBetween"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/lab/{scenario}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Play an attack on a made-up mesh. Only where the lab is on, as in the demo.
         * @description Needs the right "admin".
         */
        post: operations["playLab"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Agent: {
            /** @description A did:aip. */
            did: string;
            name: string | null;
            isMe: boolean;
            /** @enum {string} */
            identity: "known" | "forked" | "deactivated" | "unknown";
            keys: {
                id: string;
                /** @description Ed25519, in hex. */
                key: string;
                /** @enum {string} */
                state: "current" | "retired" | "compromised";
            }[];
            records: {
                about: number;
                by: number;
            };
            score: components["schemas"]["Score"];
        };
        AgentPage: {
            items: components["schemas"]["AgentRow"][];
            cursor: string | null;
            /** @description As in a score; null for an empty list. */
            from: ("view" | "checkpoint") | null;
            asOf: string | null;
        };
        AgentRow: {
            /** @description A did:aip. */
            did: string;
            /** @description My petname for it. */
            name: string | null;
            isMe: boolean;
            /** @enum {string} */
            state: "known" | "thin" | "unknown" | "distrusted";
            score: number | null;
            assured: number | null;
            /** @description How well it is vouched for from here: far away is not bad. */
            social: number | null;
            /** @description How well it keeps its promises. */
            reliability: number | null;
            confidence: number | null;
            outcomes: number;
            lastAt: string | null;
            reason: string;
        };
        Check: {
            name: string;
            /** @enum {string} */
            verdict: "ok" | "warn" | "fail" | "skipped";
            found: string;
            hint: string | null;
        };
        CheckedSignature: {
            /** @description A did:aip. */
            did: string;
            keyId: string;
            /** @enum {string} */
            kind: "text" | "file" | "directory";
            sha256: string;
            /**
             * Format: date-time
             * @description What the signer says; nothing proves it.
             */
            signedAt: string;
            /**
             * @description How the key stands now. Of a compromised key nothing counts.
             * @enum {string}
             */
            standing: "current" | "retired" | "compromised" | "disputed";
            /** @enum {string} */
            content: "same" | "not-compared";
            /**
             * @description bundle: the log in the signature alone.
             * @enum {string}
             */
            source: "own" | "store" | "peer" | "dht" | "subject" | "bundle";
        };
        Completeness: {
            /** @description Whether there is no reason to think that anything is missing. */
            complete: boolean;
            /** @description Whether this node replicates the agent's shard. */
            followed: boolean;
            peersAsked: number;
            peersAnswered: number;
            /** @description Of those that answered, how many hold all that any of them holds. */
            peersAgreed: number;
            /** @description When they were asked; null when nobody had to be. */
            askedAt: string | null;
        };
        Components: {
            calibration: number | null;
            adaptation: number | null;
            robustness: number | null;
        };
        Created: {
            /** @description The id of the new record; for a private observation, its local id. */
            id: string;
            /** @description Whether it was signed and handed to the network. */
            public: boolean;
            /** @description Older vouches of mine that it replaced. */
            revoked: string[];
            expiresAt: string | null;
        };
        Credential: {
            "@context": string[];
            id: string;
            type: string[];
            /** @description A did:aip. */
            issuer: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            validFrom: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            validUntil: string;
            credentialSubject: {
                /** @description A did:aip. */
                id: string;
            } & {
                [key: string]: unknown;
            };
            evidence: ({
                /** @description The id of a record: a CIDv1. */
                record: string;
            } & {
                [key: string]: unknown;
            })[];
            proof: {
                verificationMethod: string;
                proofValue: string;
            } & {
                [key: string]: unknown;
            };
        } & {
            [key: string]: unknown;
        };
        CredentialVerdict: {
            valid: boolean;
            /** @description The rule it breaks: V of credentials, R of records. */
            rule: string | null;
            code: string | null;
            /** @description In a sentence. */
            problem: string | null;
            vouch: {
                /** @description The id of a record: a CIDv1. */
                id: string;
                /** @description A did:aip. */
                issuer: string;
                /** @description A did:aip. */
                subject: string;
                /** @description What for: a task type; "general" serves every scope. */
                scope: string;
                /** @description How far: more than 0, at most 1, thousandths at the finest. */
                level: number;
                statement: string | null;
                /**
                 * Format: date-time
                 * @description RFC 3339, from 1970 on.
                 */
                issuedAt: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, from 1970 on.
                 */
                expiresAt: string;
            } | null;
            /** @description The key of the proof. */
            key: {
                id: string;
                /** @enum {string} */
                state: "current" | "retired";
            } | null;
        };
        DeniedView: {
            /** @enum {string} */
            kind: "peer" | "agent" | "range";
            /** @description A peer id, a DID, or a range of addresses. */
            subject: string;
            /** @description Null where the configuration says it. */
            since: string | null;
            configured: boolean;
        };
        EventView: {
            cursor: number;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            at: string;
            kind: string;
            data: {
                [key: string]: unknown;
            };
        };
        Explanation: {
            score: components["schemas"]["Score"];
            sentence: string;
            social: {
                value: number;
                ceiling: number;
                standing: number;
                distrust: number;
                halfStanding: number;
                paths: components["schemas"]["TrustPath"][];
                /** @description Standing along paths that are not listed. */
                otherPaths: number;
                /** @description Standing that pruning left out. */
                dropped: number;
                upper: number;
            };
            behaviour: {
                value: number;
                components: {
                    calibration: number;
                    adaptation: number;
                    robustness: number;
                };
                proportions: {
                    calibration: number;
                    adaptation: number;
                    robustness: number;
                };
                priorWeight: number;
                priorValue: number;
                /** @description The sum of all weights. */
                evidence: number;
                mean: number;
                interval: {
                    low: number;
                    high: number;
                };
                lower: number;
                upper: number;
                observers: {
                    /** @description A did:aip. */
                    observer: string;
                    standing: number;
                    weight: number;
                    outcomes: number;
                    attested: number;
                    /**
                     * Format: date-time
                     * @description RFC 3339, from 1970 on.
                     */
                    lastAt: string;
                    mean: number;
                    adaptation: number;
                    robustness: number;
                }[];
                otherObservers: {
                    count: number;
                    weight: number;
                    sums: {
                        calibration: number;
                        adaptation: number;
                        robustness: number;
                    };
                };
                selfReports: number;
            } | null;
            cap: number | null;
            drift: {
                /** @enum {string} */
                severity: "none" | "warning" | "critical";
                /** @enum {string} */
                direction: "up" | "down" | "level";
                from: number;
                to: number;
                windowCount: number;
                /**
                 * Format: date-time
                 * @description RFC 3339, from 1970 on.
                 */
                since: string;
            } | null;
            divergence: ("medium" | "high") | null;
            honesty: {
                claims: number;
                compared: number;
                differing: number;
            };
            equivocations: {
                /** @description A did:aip. */
                did: string;
                key: string;
                sequence: number;
                ids: string[];
            }[];
            isForked: boolean;
            used: {
                vouches: string[];
                observations: string[];
                observationCount: number;
            };
            ignored: {
                /** @enum {string} */
                kind: "vouch" | "outcome";
                reason: string;
                count: number;
                ids: string[];
            }[];
            counterfactuals: {
                fooledNeeded: number;
                ifOneFriendIsWrong: {
                    least: {
                        /** @description A did:aip. */
                        without: string;
                        score: number | null;
                    };
                    greatest: {
                        /** @description A did:aip. */
                        without: string;
                        score: number | null;
                    };
                    branches: {
                        /** @description A did:aip. */
                        without: string;
                        score: number | null;
                    }[];
                } | null;
            };
        };
        ForgottenView: {
            /** @description A did:aip. */
            did: string;
            name: string | null;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            since: string;
        };
        ForkView: {
            /**
             * @description Where the two logs part.
             * @enum {string}
             */
            at: "inceptions" | "recoveries" | "rotations";
            /** @description The log that this node goes by; null while unsettled. */
            branch: {
                /** @description SHA-256 of the inception, in hex. */
                inception: string;
                /** @description SHA-256 of the last entry, in hex. */
                head: string;
                /** @description The operational key, in hex; null when deactivated. */
                key: string | null;
            } | null;
            /** @enum {string} */
            because: "own" | "pin" | "own-vouch" | "vouches" | "unsettled";
            /** @description Whose vouches name that log, of those that this node trusts. */
            by: string[];
            /** @description The other log; both while unsettled. */
            other: {
                /** @description SHA-256 of the inception, in hex. */
                inception: string;
                /** @description SHA-256 of the last entry, in hex. */
                head: string;
                /** @description The operational key, in hex; null when deactivated. */
                key: string | null;
            }[];
        };
        History: {
            /** @description A did:aip. */
            viewer: string;
            /** @description A did:aip. */
            subject: string;
            /** @description What for: a task type; "general" serves every scope. */
            scope: string;
            points: {
                /** @description A day of UTC with outcomes that count: 2026-11-25. */
                day: string;
                outcomes: number;
                /** @description In full outcomes. */
                weight: number;
                /** @description Of promises kept that day, weighted, in [0, 1]. */
                mean: number;
                /** @description Of the latest 20 outcomes up to that day. */
                windowed: number;
                /** @description Of all outcomes up to that day. */
                cumulative: number;
                /** @description With the outcomes up to that day alone. Of 40 days at most, fewer where there are many outcomes, evenly spread; null for others. */
                components: {
                    calibration: number;
                    adaptation: number;
                    robustness: number;
                } | null;
            }[];
            events: {
                day: string;
                /** @enum {string} */
                severity: "none" | "warning" | "critical";
                /** @enum {string} */
                direction: "up" | "down" | "level";
                from: number;
                to: number;
            }[];
        };
        Identity: {
            /** @description A did:aip. */
            did: string;
            didKey: string;
            peerId: string;
            network: string;
            keyId: string;
            /** @description The last key of the best log known: another than ours if retired. */
            headKeyId: string;
            /** @description SHA-256 of the inception, in hex. */
            inception: string;
            /** @enum {string} */
            root: "hot" | "cold";
            /** @enum {string} */
            state: "active" | "forked" | "retired" | "deactivated";
            /** @description Whether the identity committed to keys of a recovery sheet. */
            recoverable: boolean;
            /** @description Multiaddrs, with /p2p/. */
            addresses: string[];
            /** @description One a reachable address, best first. */
            invites: string[];
        };
        IdentityChange: {
            /** @description A did:aip. */
            did: string;
            /** @description The operational key from here on; of an ended identity, its last. */
            keyId: string;
            peerId: string;
            /** @enum {string} */
            state: "active" | "forked" | "retired" | "deactivated";
            /** @description The key that was replaced, in hex. */
            previousKey: string;
            /** @description Peers that confirmed to hold the new key log. */
            acknowledged: number;
            /** @description What of a compromised key was signed again. */
            reissued: {
                vouches: number;
                promises: number;
                refused: number;
            };
        };
        Imported: {
            identities: number;
            /** @description Records in the bundle. */
            read: number;
            /** @description Of these, kept. */
            stored: number;
            /** @description Held already. */
            known: number;
            refused: {
                code: string;
                count: number;
            }[];
        };
        ObservationView: {
            id: string;
            /** @description A did:aip. */
            issuer: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            issuedAt: string;
            expiresAt: string | null;
            /** @description A did:aip. */
            subject: string;
            /** @enum {string} */
            share: "private" | "public";
            outcomes: components["schemas"]["OutcomeView"][];
        };
        OutcomeView: {
            /** @description What for: a task type; "general" serves every scope. */
            task: string;
            promise: string | null;
            promised: components["schemas"]["WorkView"];
            delivered: components["schemas"]["WorkView"];
            fulfilment: number | null;
            /** @description As they were said; null where none were. */
            conditions: {
                [key: string]: string | number | boolean;
            } | null;
            /** @enum {string} */
            clarity: "unambiguous" | "multi-valid" | "underspecified";
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            observedAt: string;
            /** @description SHA-256 of the evidence, in hex; null where none was named. */
            evidence: string | null;
        };
        Paths: {
            /** @description A did:aip. */
            viewer: string;
            /** @description A did:aip. */
            subject: string;
            /** @description What for: a task type; "general" serves every scope. */
            scope: string;
            items: components["schemas"]["TrustPath"][];
        };
        PeerView: {
            peer: string;
            /** @description When it is known which agent the peer is. */
            did: string | null;
            connected: boolean;
            direction: ("inbound" | "outbound") | null;
            addresses: string[];
            bootstrap: boolean;
            connectedSince: string | null;
            /** @description There and back, of the last keep-alive. */
            latencyMs: number | null;
            /** @description Over the present connection, with all framing. */
            receivedBytes: number | null;
            sentBytes: number | null;
        };
        PinView: {
            /** @description A did:aip. */
            did: string;
            kind: ("trust" | "distrust" | "cap") | null;
            cap: number | null;
            name: string | null;
            /** @description Of the key log known when it was pinned: it settles a later fork. */
            inception: string | null;
        };
        Possession: {
            /** @description A did:aip. */
            did: string;
            /** @description The key that was proved: the one that speaks for the agent now. */
            keyId: string;
            /** @constant */
            proved: true;
            /**
             * @description The handshake of a connection to the peer of this key.
             * @constant
             */
            how: "libp2p-noise";
            peerId: string;
            /** @description Where the peer answered. */
            address: string;
            /**
             * Format: date-time
             * @description When the handshake was made.
             */
            handshakeAt: string;
            /**
             * Format: date-time
             * @description When the peer answered over that connection.
             */
            answeredAt: string;
            latencyMs: number;
            /** @enum {string} */
            source: "own" | "store" | "peer" | "dht" | "subject";
        };
        PromiseView: {
            id: string;
            /** @description A did:aip. */
            issuer: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            issuedAt: string;
            expiresAt: string | null;
            /** @description A did:aip. */
            delegator: string;
            /** @description What for: a task type; "general" serves every scope. */
            task: string;
            work: components["schemas"]["WorkView"];
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            deadline: string;
        };
        Proved: {
            /** @description Who proved to hold its key. */
            did: string;
            keyId: string;
            /** @enum {string} */
            role: "asker" | "answerer";
            purpose: string;
            origin: string;
            /** @enum {string} */
            source: "own" | "store" | "peer" | "dht" | "subject";
        };
        RecordDetail: {
            record: components["schemas"]["RecordView"];
            /** @description The id in hex. */
            hash: string;
            /** @description The canonical signed bytes, base64. */
            bytes: string;
        };
        RecordView: {
            id: string;
            /** @description A did:aip. */
            issuer: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            issuedAt: string;
            expiresAt: string | null;
            /** @enum {string} */
            type: "vouch" | "revocation" | "promise" | "observation";
        } & {
            [key: string]: unknown;
        };
        Resolution: {
            "@context": string;
            didDocument: {
                [key: string]: unknown;
            } | null;
            didDocumentMetadata: {
                fork?: components["schemas"]["ForkView"];
            } & {
                [key: string]: unknown;
            };
            didResolutionMetadata: {
                contentType: string;
                /**
                 * @description How it was obtained.
                 * @enum {string}
                 */
                source: "own" | "store" | "pinned" | "peer" | "dht" | "subject" | "computed" | "web";
                /**
                 * Format: date-time
                 * @description When this answer was made.
                 */
                retrieved: string;
                /** @description When others last confirmed it; null: not since the start. */
                confirmed: string | null;
                /** @description At best the DHT alone has said so since the start, and places in it are free. */
                unconfirmed: boolean;
                /** @description Older than it should be, and nobody who was asked knew more. */
                stale: boolean;
                /** @description What was checked, and how it came out. */
                verified: {
                    [key: string]: unknown;
                };
            } & {
                [key: string]: unknown;
            };
        };
        Score: {
            /** @description A did:aip. */
            viewer: string;
            /** @description A did:aip. */
            subject: string;
            /** @description What for: a task type; "general" serves every scope. */
            scope: string;
            /** @enum {string} */
            state: "known" | "thin" | "unknown" | "distrusted";
            score: number | null;
            /** @description The lower bound. Gates use this one, and null fails. */
            assured: number | null;
            upper: number | null;
            social: number | null;
            standing: number | null;
            reliability: number | null;
            components: components["schemas"]["Components"] | null;
            confidence: number | null;
            evidence: {
                weight: number;
                outcomes: number;
                observers: number;
                lastAt: string | null;
            };
            pin: {
                /** @enum {string} */
                kind: "trust" | "distrust" | "cap";
                cap?: number;
            } | null;
            method: string;
            profile: string;
            params: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            asOf: string;
            /**
             * @description The view of now, or the checkpoint of "asOf" while the view is loading.
             * @enum {string}
             */
            from: "view" | "checkpoint";
            view: string;
            /** @description Why, in a short sentence. */
            reason: string;
            completeness: components["schemas"]["Completeness"];
        };
        Status: {
            version: string;
            network: string;
            /** @description A did:aip. */
            did: string;
            keyId: string;
            /** @enum {string} */
            root: "hot" | "cold";
            /** @enum {string} */
            identity: "active" | "forked" | "retired" | "deactivated";
            peerId: string;
            pid: number;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            startedAt: string;
            hasView: boolean;
            mine: {
                vouches: number;
                promises: number;
                observations: number;
                privateObservations: number;
                published: number;
            };
            peers: {
                connected: number;
                known: number;
            };
            clock: {
                /** @description How far this clock is ahead of the peers’; null when too few have said the time. */
                aheadMs: number | null;
                /** @description Peers that it is compared with. */
                peers: number;
            };
            store: {
                records: number;
                identities: number;
                bytes: number | null;
                index: {
                    /** @enum {string} */
                    state: "reading" | "ready" | "failed";
                    read: number;
                };
            };
            view: {
                ready: boolean;
                records: number;
                of: number;
                /** @description As of when the scores are that are given meanwhile. */
                checkpoint: string | null;
            };
            /** @description Null where there is no network. */
            sync: {
                /**
                 * @description Complete: the peers that this node chose hold nothing that is missing here.
                 * @enum {string}
                 */
                state: "starting" | "behind" | "complete";
                /** @description Peers of its choice that held nothing more when they were last asked. */
                agreed: number;
                /** @description Three, or all of them where there are fewer. */
                needed: number;
                /** @description When it was last found complete, and by how many peers. */
                lastComplete: {
                    /**
                     * Format: date-time
                     * @description RFC 3339, from 1970 on.
                     */
                    at: string;
                    peers: number;
                } | null;
                toReceive: number;
                toSend: number;
                perSecond: number;
                /** @description Until the last of the sessions under way is done. */
                secondsLeft: number | null;
                /** @description Records since the start. */
                received: number;
                fresh: number;
                sent: number;
                receivedBytes: number;
                sentBytes: number;
                /** @description Ended since the start. */
                sessions: number;
                underWay: {
                    peer: string;
                    /** @enum {string} */
                    began: "here" | "there";
                    received: number;
                    /** @description Of the received ones, how many were new here. */
                    fresh: number;
                    sent: number;
                    /** @description Known to be missing here; a range asked for whole counts as one. */
                    toReceive: number;
                    /** @description Known to be missing there. */
                    toSend: number;
                    /** @description Of both directions. */
                    perSecond: number;
                    /** @description Of what is known to differ; null while nothing moves. */
                    secondsLeft: number | null;
                }[];
            } | null;
            listen: string[];
            home: string;
            api: {
                socket: string | null;
                url: string | null;
                /** @description Whether attacks may be played here. */
                lab: boolean;
            };
            warnings: string[];
            next: string[];
        };
        TrustPath: {
            /** @description Part of the subject's standing, in [0, 1]. */
            share: number;
            hops: {
                /** @description Who is vouched for. */
                did: string;
                /** @enum {string} */
                via: "vouch" | "introducer" | "pin";
                level: number;
                /** @description The record, where there is one. */
                vouch: string | null;
            }[];
        };
        VouchView: {
            id: string;
            /** @description A did:aip. */
            issuer: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            issuedAt: string;
            expiresAt: string | null;
            /** @description A did:aip. */
            subject: string;
            /** @description What for: a task type; "general" serves every scope. */
            scope: string;
            /** @description How far: more than 0, at most 1, thousandths at the finest. */
            level: number;
            statement: string | null;
            /** @enum {string} */
            state: "live" | "revoked" | "expired" | "replaced" | "ignored";
        };
        WorkView: {
            kind: string;
        } & {
            [key: string]: unknown;
        };
        StatusAnswer: components["schemas"]["Status"];
        IdentityAnswer: components["schemas"]["Identity"];
        RotateIdentityAnswer: components["schemas"]["IdentityChange"];
        RecoverIdentityAnswer: components["schemas"]["IdentityChange"];
        DeactivateIdentityAnswer: components["schemas"]["IdentityChange"];
        ResolveAnswer: components["schemas"]["Resolution"];
        ProvePeerAnswer: components["schemas"]["Possession"];
        OpenChallengeAnswer: {
            network: string;
            /** @description A did:aip. */
            asker: string;
            /** @description A did:aip. */
            answerer: string;
            askerNonce: string;
            /** @description What the proof is for. */
            purpose: string;
            /** @description The origin that the asker dials or dialled. */
            origin: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            expiresAt: string;
        };
        AnswerChallengeAnswer: {
            network: string;
            /** @description A did:aip. */
            asker: string;
            /** @description A did:aip. */
            answerer: string;
            askerNonce: string;
            /** @description What the proof is for. */
            purpose: string;
            /** @description The origin that the asker dials or dialled. */
            origin: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            expiresAt: string;
            answererNonce: string;
            /**
             * @description Who signed.
             * @enum {string}
             */
            role: "asker" | "answerer";
            /** @description The key, as a DID URL. */
            keyId: string;
            signature: string;
        };
        ConfirmChallengeAnswer: {
            proved: components["schemas"]["Proved"];
            proof: {
                network: string;
                /** @description A did:aip. */
                asker: string;
                /** @description A did:aip. */
                answerer: string;
                askerNonce: string;
                /** @description What the proof is for. */
                purpose: string;
                /** @description The origin that the asker dials or dialled. */
                origin: string;
                /**
                 * Format: date-time
                 * @description RFC 3339, from 1970 on.
                 */
                expiresAt: string;
                answererNonce: string;
                /**
                 * @description Who signed.
                 * @enum {string}
                 */
                role: "asker" | "answerer";
                /** @description The key, as a DID URL. */
                keyId: string;
                signature: string;
            };
        };
        VerifyChallengeAnswer: components["schemas"]["Proved"];
        SignContentAnswer: {
            /** @constant */
            v: 1;
            /** @constant */
            type: "aip-signature";
            /**
             * @description What the hash is of.
             * @enum {string}
             */
            kind: "text" | "file" | "directory";
            /** @description SHA-256 of the content, in hex. */
            sha256: string;
            /** @description A did:aip. */
            did: string;
            /** @description The key, as a DID URL. */
            keyId: string;
            /** @description The public key, in hex. */
            key: string;
            /**
             * Format: date-time
             * @description When, as the signer says.
             */
            signedAt: string;
            signature: string;
            /** @description The signer's key log at that time, in hex. */
            log: string;
        };
        VerifyContentAnswer: components["schemas"]["CheckedSignature"];
        CreateVouchAnswer: components["schemas"]["Created"];
        ListVouchesAnswer: {
            items: components["schemas"]["VouchView"][];
            cursor: string | null;
        };
        RevokeVouchAnswer: components["schemas"]["Created"];
        CreatePromiseAnswer: components["schemas"]["Created"];
        ListPromisesAnswer: {
            items: components["schemas"]["PromiseView"][];
            cursor: string | null;
        };
        CreateObservationAnswer: components["schemas"]["Created"];
        PublishObservationAnswer: components["schemas"]["Created"];
        ListObservationsAnswer: {
            items: components["schemas"]["ObservationView"][];
            cursor: string | null;
        };
        ScoreAnswer: components["schemas"]["Score"];
        ExplanationAnswer: components["schemas"]["Explanation"];
        HistoryAnswer: components["schemas"]["History"];
        PathsAnswer: components["schemas"]["Paths"];
        ListAgentsAnswer: components["schemas"]["AgentPage"];
        GetAgentAnswer: components["schemas"]["Agent"];
        ListPinsAnswer: {
            items: components["schemas"]["PinView"][];
        };
        PutPinAnswer: components["schemas"]["PinView"];
        DeletePinAnswer: {
            removed: boolean;
        };
        ListForgottenAnswer: {
            items: components["schemas"]["ForgottenView"][];
        };
        ForgetAgentAnswer: components["schemas"]["ForgottenView"];
        RecallAgentAnswer: {
            recalled: boolean;
        };
        ListPeersAnswer: {
            items: components["schemas"]["PeerView"][];
        };
        AddPeerAnswer: components["schemas"]["PeerView"];
        RemovePeerAnswer: {
            removed: boolean;
        };
        ListDeniedAnswer: {
            items: components["schemas"]["DeniedView"][];
        };
        DenyPeerAnswer: components["schemas"]["DeniedView"];
        ReadmitPeerAnswer: {
            readmitted: boolean;
        };
        DoctorAnswer: {
            checks: components["schemas"]["Check"][];
        };
        GetRecordAnswer: components["schemas"]["RecordDetail"];
        ListRecordsAnswer: {
            items: components["schemas"]["RecordView"][];
            cursor: string | null;
        };
        ImportRecordsAnswer: components["schemas"]["Imported"];
        ExportCredentialAnswer: components["schemas"]["Credential"];
        VerifyCredentialAnswer: components["schemas"]["CredentialVerdict"];
        EventsAnswer: components["schemas"]["EventView"];
        GraphAnswer: {
            /** @description A did:aip. */
            viewer: string;
            /** @description What for: a task type; "general" serves every scope. */
            scope: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            asOf: string;
            /** @description Nearest first; within a hop by DID. */
            nodes: {
                /** @description A did:aip. */
                did: string;
                name: string | null;
                isMe: boolean;
                /** @description Steps from this node: 0 is itself. */
                hop: number;
                /** @enum {string} */
                state: "known" | "thin" | "unknown" | "distrusted";
                score: number | null;
                assured: number | null;
            }[];
            edges: {
                /** @description A did:aip. */
                from: string;
                /** @description A did:aip. */
                to: string;
                /** @description How far: more than 0, at most 1, thousandths at the finest. */
                level: number;
                /** @description What for: a task type; "general" serves every scope. */
                scope: string;
                /** @enum {string} */
                state: "live" | "expired" | "revoked";
                /** @enum {string} */
                via: "vouch" | "introducer" | "pin";
                /** @description The record, where there is one. */
                vouch: string | null;
                issuedAt: string | null;
                expiresAt: string | null;
            }[];
            /** @description What was found and is left out, since there is too much. */
            left: {
                nodes: number;
                edges: number;
            };
        };
        ListTokensAnswer: {
            items: {
                /** @description Names the token, and is not it. */
                id: string;
                name: string;
                /** @description What its bearer may do: read, observe, sign, vouch, admin. */
                rights: ("read" | "observe" | "sign" | "vouch" | "admin")[];
                /**
                 * Format: date-time
                 * @description RFC 3339, from 1970 on.
                 */
                createdAt: string;
                /** @description Null: it does not end by itself. */
                expiresAt: string | null;
                /** @description Since the node started; null: not yet. */
                lastUsedAt: string | null;
            }[];
        };
        CreateTokenAnswer: {
            /** @description Names the token, and is not it. */
            id: string;
            name: string;
            /** @description What its bearer may do: read, observe, sign, vouch, admin. */
            rights: ("read" | "observe" | "sign" | "vouch" | "admin")[];
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            createdAt: string;
            /** @description Null: it does not end by itself. */
            expiresAt: string | null;
            /** @description Since the node started; null: not yet. */
            lastUsedAt: string | null;
            /** @description 64 hex digits. Shown this once; the node keeps its hash. */
            token: string;
        };
        RevokeTokenAnswer: {
            removed: boolean;
        };
        CreateSessionCodeAnswer: {
            /** @description Good once. */
            code: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            expiresAt: string;
        };
        OpenSessionAnswer: {
            /** @description 64 hex digits. Shown this once; the node keeps its hash. */
            token: string;
            /** @description What its bearer may do: read, observe, sign, vouch, admin. */
            rights: ("read" | "observe" | "sign" | "vouch" | "admin")[];
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            expiresAt: string;
        };
        LogsAnswer: {
            items: {
                /**
                 * Format: date-time
                 * @description RFC 3339, from 1970 on.
                 */
                at: string;
                /** @enum {string} */
                level: "debug" | "info" | "warn" | "error";
                component: string | null;
                message: string;
                /** @description Without secrets. */
                fields: {
                    [key: string]: unknown;
                };
            }[];
        };
        SignRequestAnswer: {
            /** @description To be sent with the request as they are. */
            headers: {
                [key: string]: string;
            };
            keyId: string;
            /**
             * Format: date-time
             * @description RFC 3339, from 1970 on.
             */
            expiresAt: string;
        };
        BotDirectoryAnswer: {
            body: {
                keys: {
                    /** @constant */
                    kty: "OKP";
                    /** @constant */
                    crv: "Ed25519";
                    x: string;
                    /** @description The thumbprint of RFC 7638: the keyid of signatures. */
                    kid: string;
                    /** @constant */
                    use: "sig";
                }[];
            };
            /** @description To be sent with the body as they are. */
            headers: {
                [key: string]: string;
            };
        };
        VerifyRequestAnswer: {
            /** @description Whether the present key of an agent signed it, the first time. */
            signed: boolean;
            /** @description Why it does not count as signed. */
            problem: ("missing" | "malformed" | "wrong-profile" | "not-covered" | "no-digest" | "other-body" | "not-yet" | "expired" | "too-long" | "nonce" | "unresolved" | "key-unknown" | "key-retired" | "invalid" | "replayed" | "busy") | null;
            did: string | null;
            keyId: string | null;
            state: ("known" | "thin" | "unknown" | "distrusted") | null;
            score: components["schemas"]["Score"] | null;
            /** @enum {string} */
            decision: "allow" | "deny" | "challenge";
            /** @description In a sentence. */
            reason: string;
        };
        SignAgentCardAnswer: {
            /** @description To be served as it is. */
            card: {
                [key: string]: unknown;
            };
            keyId: string;
        };
        VerifyAgentCardAnswer: {
            /** @description A did:aip. */
            did: string;
            /** @description The key that signed: the one that speaks for the agent now. */
            keyId: string;
            /** @description How the agent signs its requests. */
            requestSigning: string | null;
            /** @description Where it says that its node is: multiaddrs. */
            records: string[];
            /** @description Places with empty values that are not signed: anybody could have put them in. */
            uncovered: string[];
            /**
             * @description Where the key log came from.
             * @enum {string}
             */
            source: "own" | "store" | "peer" | "dht" | "subject";
            score: components["schemas"]["Score"];
        };
        PathsBetweenAnswer: {
            /** @description A did:aip. */
            from: string;
            /** @description A did:aip. */
            to: string;
            /** @description What for: a task type; "general" serves every scope. */
            scope: string;
            /** @description Without what was left out, strongest first. */
            items: components["schemas"]["TrustPath"][];
            /** @description With everything. */
            standing: number;
            /** @description Without what was left out. */
            standingWithout: number;
            /** @description There are more agents around than were looked at. */
            truncated: boolean;
        };
        PlayLabAnswer: {
            /** @enum {string} */
            scenario: "sybil" | "drift" | "partition" | "badmouthing" | "stuffing" | "on-off" | "whitewashing" | "collusion" | "stolen-key";
            title: string;
            /** @description What happens. */
            story: string;
            steps: {
                label: string;
                readings: {
                    agent: string;
                    /** @description In [0, 1]; null where nothing is known. */
                    score: number | null;
                    /** @description In [0, 1]; null where nothing is known. */
                    assured: number | null;
                    /** @enum {string} */
                    state: "known" | "thin" | "unknown" | "distrusted";
                    /** @description 0.8 for each hop, on the same records. */
                    reference: number;
                }[];
            }[];
            checks: {
                promise: string;
                found: string;
                holds: boolean;
            }[];
            sentence: string;
            /** @description What this does not protect against. */
            limit: string;
            records: number;
        };
        /** @description What went wrong. RFC 9457. */
        Problem: {
            /** @constant */
            type: "about:blank";
            title: string;
            status: number;
            /**
             * @description Stable. docs/errors.md.
             * @enum {unknown}
             */
            code: "api/body-invalid" | "api/body-too-large" | "api/code-refused" | "api/cross-site" | "api/field-unknown" | "api/host-refused" | "api/idempotency-key-invalid" | "api/idempotency-key-reused" | "api/input-invalid" | "api/internal" | "api/lab-off" | "api/media-type" | "api/not-found" | "api/origin-refused" | "api/right-missing" | "api/run-directory" | "api/streams-busy" | "api/target-invalid" | "api/time-past" | "api/time-too-far" | "api/token-file-invalid" | "api/token-needed" | "api/tokens-full" | "api/too-many-requests" | "api/too-slow" | "backup/damaged" | "backup/newer" | "backup/not-a-backup" | "backup/other-network" | "backup/passphrase-wrong" | "backup/too-large" | "bundle/cut-short" | "bundle/key-retired" | "bundle/malformed" | "bundle/not-a-bundle" | "card/field-unknown" | "card/key-retired" | "card/key-unknown" | "card/malformed" | "card/no-agent-key" | "card/other-agent" | "card/other-log" | "card/signature-invalid" | "card/too-large" | "card/unsigned" | "cbor/not-canonical" | "cbor/too-deep" | "cbor/too-large" | "challenge/expired" | "challenge/key-not-current" | "challenge/malformed" | "challenge/nonce-unknown" | "challenge/one-agent" | "challenge/origin-not-served" | "challenge/other-agent" | "challenge/other-network" | "challenge/other-origin" | "challenge/other-role" | "challenge/other-terms" | "challenge/replayed" | "challenge/signature-invalid" | "challenge/too-far-ahead" | "credential/expired" | "credential/issuer-forked" | "credential/key-retired" | "credential/key-unknown" | "credential/malformed" | "credential/not-yet-valid" | "credential/other-network" | "credential/proof-invalid" | "credential/record-differs" | "credential/record-retired" | "credential/revoked" | "credential/too-large" | "did/document-invalid" | "did/feature-unsupported" | "did/fragment-unknown" | "did/invalid" | "did/key-invalid" | "did/key-length-invalid" | "did/key-type-unsupported" | "did/method-unsupported" | "did/representation-unsupported" | "did/url-invalid" | "did/web-off" | "did/web-refused" | "did/web-unreachable" | "identity/did-invalid" | "identity/document-invalid" | "identity/fork-invalid" | "identity/log-full" | "identity/log-invalid" | "identity/malformed" | "identity/other-did" | "identity/too-large" | "node/agent-ambiguous" | "node/agent-unknown" | "node/already-revoked" | "node/branch-unknown" | "node/busy" | "node/claim-invalid" | "node/closing" | "node/config-invalid" | "node/credentials-invalid" | "node/deactivated" | "node/did-unresolved" | "node/home-not-writable" | "node/identity-exists" | "node/key-file-invalid" | "node/key-file-missing" | "node/key-file-mode" | "node/key-retired" | "node/loading" | "node/network-unknown" | "node/no-commitment" | "node/no-current-key" | "node/not-mine" | "node/offline" | "node/passphrase-needed" | "node/passphrase-weak" | "node/passphrase-wrong" | "node/peer-address-invalid" | "node/port-taken" | "node/pre-shared-key-invalid" | "node/promise-mismatch" | "node/record-unknown" | "node/self" | "node/sheet-invalid" | "node/sheet-other" | "node/web-bot-auth-off" | "p2p/address-invalid" | "p2p/deny-full" | "p2p/deny-invalid" | "p2p/dial-failed" | "p2p/invite-invalid" | "p2p/listen-failed" | "p2p/message-too-large" | "p2p/no-common-key" | "p2p/other-key" | "p2p/other-network" | "p2p/peer-unreachable" | "p2p/transport-off" | "record/expired" | "record/from-future" | "record/key-unknown" | "record/malformed" | "record/quota" | "record/self-vouch" | "record/signature-invalid" | "record/too-large" | "record/unsupported" | "signature/from-future" | "signature/invalid" | "signature/key-unknown" | "signature/malformed" | "signature/other-content" | "signature/path-unsupported" | "signature/too-many-files" | "store/busy" | "store/closed" | "store/corrupt" | "store/disk-full" | "store/half-written" | "store/io" | "store/locked" | "store/newer" | "store/not-writable" | "store/other-network" | "store/row-too-large" | "store/table-full";
            /** @description In a sentence. */
            detail: string;
            /** @description Where people read on. */
            help: string;
        };
    };
    responses: {
        /** @description Refused, or failed; "code" says why. */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    status: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StatusAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    identity: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IdentityAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    rotateIdentity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "authority": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
                 *       "rotationKey": "7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d",
                 *       "compromised": true
                 *     }
                 */
                "application/json": {
                    /** @description Seed of the key that is due by the recovery sheet, in hex. Good for this once. */
                    authority: string;
                    /** @description The key that may rotate next. */
                    rotationKey?: string;
                    /**
                     * @description Nothing by the key that goes counts any more; what lives of it is signed again.
                     * @default false
                     */
                    compromised?: boolean;
                    /**
                     * Format: date-time
                     * @description With compromised: what came from then on may be the thief’s, and is not signed again.
                     */
                    stolenSince?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RotateIdentityAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    recoverIdentity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "authority": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f",
                 *       "rotationKey": "7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d",
                 *       "recoveryKey": "7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d"
                 *     }
                 */
                "application/json": {
                    /** @description Seed of the key that is due by the recovery sheet, in hex. Good for this once. */
                    authority: string;
                    /** @description The key that may rotate next. */
                    rotationKey?: string;
                    /** @description The key that may recover next. */
                    recoveryKey?: string;
                    /**
                     * @description Nothing by the key that goes counts any more; what lives of it is signed again.
                     * @default false
                     */
                    compromised?: boolean;
                    /**
                     * Format: date-time
                     * @description With compromised: what came from then on may be the thief’s, and is not signed again.
                     */
                    stolenSince?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecoverIdentityAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deactivateIdentity: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "authority": "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"
                 *     }
                 */
                "application/json": {
                    /** @description Seed of the key that is due by the recovery sheet, in hex. Good for this once. */
                    authority: string;
                    /**
                     * @description Nothing by the key that goes counts any more; what lives of it is signed again.
                     * @default false
                     */
                    compromised?: boolean;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeactivateIdentityAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    resolve: {
        parameters: {
            query?: {
                noCache?: boolean;
            };
            header?: never;
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/did-resolution": components["schemas"]["ResolveAnswer"];
                    "application/json": components["schemas"]["ResolveAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    provePeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProvePeerAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    openChallenge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "answerer": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2",
                 *       "origin": "https://bob.example",
                 *       "purpose": "login"
                 *     }
                 */
                "application/json": {
                    /** @description The agent that is to answer. */
                    answerer: string;
                    /** @description The origin that the asker dials or dialled. */
                    origin: string;
                    /**
                     * @description What the proof is for.
                     * @default identify
                     */
                    purpose?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenChallengeAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    answerChallenge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "question": {
                 *         "network": "main",
                 *         "asker": "did:aip:c196ab2f3d0e4b5a69788796a5b4c370",
                 *         "answerer": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2",
                 *         "askerNonce": "1111111111111111111111111111111111111111111111111111111111111111",
                 *         "purpose": "login",
                 *         "origin": "https://bob.example",
                 *         "expiresAt": "2027-01-31T12:00:30.000Z"
                 *       }
                 *     }
                 */
                "application/json": {
                    question: {
                        network: string;
                        /** @description A did:aip. */
                        asker: string;
                        /** @description A did:aip. */
                        answerer: string;
                        askerNonce: string;
                        /** @description What the proof is for. */
                        purpose: string;
                        /** @description The origin that the asker dials or dialled. */
                        origin: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339, from 1970 on.
                         */
                        expiresAt: string;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnswerChallengeAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    confirmChallenge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "proof": {
                 *         "network": "main",
                 *         "asker": "did:aip:c196ab2f3d0e4b5a69788796a5b4c370",
                 *         "answerer": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2",
                 *         "askerNonce": "1111111111111111111111111111111111111111111111111111111111111111",
                 *         "purpose": "login",
                 *         "origin": "https://bob.example",
                 *         "expiresAt": "2027-01-31T12:00:30.000Z",
                 *         "answererNonce": "2222222222222222222222222222222222222222222222222222222222222222",
                 *         "role": "answerer",
                 *         "keyId": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2#k0.0",
                 *         "signature": "33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
                 *       }
                 *     }
                 */
                "application/json": {
                    proof: {
                        network: string;
                        /** @description A did:aip. */
                        asker: string;
                        /** @description A did:aip. */
                        answerer: string;
                        askerNonce: string;
                        /** @description What the proof is for. */
                        purpose: string;
                        /** @description The origin that the asker dials or dialled. */
                        origin: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339, from 1970 on.
                         */
                        expiresAt: string;
                        answererNonce: string;
                        /**
                         * @description Who signed.
                         * @enum {string}
                         */
                        role: "asker" | "answerer";
                        /** @description The key, as a DID URL. */
                        keyId: string;
                        signature: string;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConfirmChallengeAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    verifyChallenge: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "proof": {
                 *         "network": "main",
                 *         "asker": "did:aip:c196ab2f3d0e4b5a69788796a5b4c370",
                 *         "answerer": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2",
                 *         "askerNonce": "1111111111111111111111111111111111111111111111111111111111111111",
                 *         "purpose": "login",
                 *         "origin": "https://bob.example",
                 *         "expiresAt": "2027-01-31T12:00:30.000Z",
                 *         "answererNonce": "2222222222222222222222222222222222222222222222222222222222222222",
                 *         "role": "answerer",
                 *         "keyId": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2#k0.0",
                 *         "signature": "33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333"
                 *       }
                 *     }
                 */
                "application/json": {
                    proof: {
                        network: string;
                        /** @description A did:aip. */
                        asker: string;
                        /** @description A did:aip. */
                        answerer: string;
                        askerNonce: string;
                        /** @description What the proof is for. */
                        purpose: string;
                        /** @description The origin that the asker dials or dialled. */
                        origin: string;
                        /**
                         * Format: date-time
                         * @description RFC 3339, from 1970 on.
                         */
                        expiresAt: string;
                        answererNonce: string;
                        /**
                         * @description Who signed.
                         * @enum {string}
                         */
                        role: "asker" | "answerer";
                        /** @description The key, as a DID URL. */
                        keyId: string;
                        signature: string;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifyChallengeAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    signContent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "kind": "text",
                 *       "text": "hello"
                 *     }
                 */
                "application/json": {
                    /**
                     * @description What the hash is of.
                     * @enum {string}
                     */
                    kind: "text" | "file" | "directory";
                    /** @description The text, as it is. */
                    text?: string;
                    /** @description SHA-256 of the content, in hex. */
                    sha256?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignContentAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    verifyContent: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "signature": {
                 *         "v": 1,
                 *         "type": "aip-signature",
                 *         "kind": "text",
                 *         "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
                 *         "did": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2",
                 *         "keyId": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2#k0.0",
                 *         "key": "7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d7d",
                 *         "signedAt": "2026-11-25T12:00:00.000Z",
                 *         "signature": "33333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333333",
                 *         "log": "81a0"
                 *       },
                 *       "text": "hello"
                 *     }
                 */
                "application/json": {
                    signature: {
                        /** @constant */
                        v: 1;
                        /** @constant */
                        type: "aip-signature";
                        /**
                         * @description What the hash is of.
                         * @enum {string}
                         */
                        kind: "text" | "file" | "directory";
                        /** @description SHA-256 of the content, in hex. */
                        sha256: string;
                        /** @description A did:aip. */
                        did: string;
                        /** @description The key, as a DID URL. */
                        keyId: string;
                        /** @description The public key, in hex. */
                        key: string;
                        /**
                         * Format: date-time
                         * @description When, as the signer says.
                         */
                        signedAt: string;
                        signature: string;
                        /** @description The signer's key log at that time, in hex. */
                        log: string;
                    };
                    /** @description The text to compare. */
                    text?: string;
                    /** @description The hash to compare, if not the text. */
                    sha256?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifyContentAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listVouches: {
        parameters: {
            query?: {
                /** @example did:aip:c196ab2f3d0e4b5a69788796a5b4c370 */
                issuer?: string;
                subject?: string;
                scope?: string;
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListVouchesAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    createVouch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key it is done once, and answered as the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2",
                 *       "scope": "code-review",
                 *       "level": 0.8,
                 *       "statement": "merged 40 PRs"
                 *     }
                 */
                "application/json": {
                    /** @description The agent to vouch for. */
                    subject: string;
                    /**
                     * @description What for: a task type; "general" serves every scope.
                     * @default general
                     */
                    scope?: string;
                    /** @description How far: more than 0, at most 1, thousandths at the finest. */
                    level: number;
                    /**
                     * Format: date-time
                     * @description When it ends; 90 days from now if not said.
                     */
                    expiresAt?: string;
                    /** @description Why, in a sentence. Public. */
                    statement?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreateVouchAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    revokeVouch: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key it is done once, and answered as the first time. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @example bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "reason": "the key was lent out"
                 *     }
                 */
                "application/json": {
                    /** @description Why, in a sentence. Public. */
                    reason?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokeVouchAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listPromises: {
        parameters: {
            query?: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                issuer?: string;
                delegator?: string;
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListPromisesAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    createPromise: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key it is done once, and answered as the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "delegator": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2",
                 *       "task": "review",
                 *       "work": 10,
                 *       "deadline": "2027-01-31T12:00:00Z"
                 *     }
                 */
                "application/json": {
                    /** @description The agent that gave the task. */
                    delegator: string;
                    /** @description The scope of the task. */
                    task: string;
                    /** @description What will be delivered. */
                    work: number | string[] | {
                        /** @constant */
                        kind: "count";
                        count: number;
                    } | {
                        /** @constant */
                        kind: "time";
                        ms: number;
                    } | {
                        /** @constant */
                        kind: "quality";
                        measure: string;
                        value: number;
                    } | {
                        /** @constant */
                        kind: "uptime";
                        ppm: number;
                        overMs: number;
                    };
                    /**
                     * Format: date-time
                     * @description By when.
                     */
                    deadline: string;
                    /** @description SHA-256 of the specification of the task, in hex. */
                    specification?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatePromiseAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listObservations: {
        parameters: {
            query?: {
                issuer?: string;
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                subject?: string;
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListObservationsAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    createObservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key it is done once, and answered as the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": "did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2",
                 *       "task": "review",
                 *       "promised": 10,
                 *       "delivered": 9
                 *     }
                 */
                "application/json": {
                    /** @description The agent that was observed. */
                    subject: string;
                    /**
                     * @description private: kept and scored here only. public: signed and sent to the network.
                     * @default private
                     * @enum {string}
                     */
                    share?: "private" | "public";
                    /** @description The scope of the task; left out, that of the promise. */
                    task?: string;
                    /** @description The promise that the outcome settles. */
                    promise?: string;
                    /** @description What was promised; left out, what the promise says. */
                    promised?: number | string[] | {
                        /** @constant */
                        kind: "count";
                        count: number;
                    } | {
                        /** @constant */
                        kind: "time";
                        ms: number;
                    } | {
                        /** @constant */
                        kind: "quality";
                        measure: string;
                        value: number;
                    } | {
                        /** @constant */
                        kind: "uptime";
                        ppm: number;
                        overMs: number;
                    };
                    /** @description What was delivered. */
                    delivered?: number | string[] | {
                        /** @constant */
                        kind: "count";
                        count: number;
                    } | {
                        /** @constant */
                        kind: "time";
                        ms: number;
                    } | {
                        /** @constant */
                        kind: "quality";
                        measure: string;
                        value: number;
                    } | {
                        /** @constant */
                        kind: "uptime";
                        ppm: number;
                        overMs: number;
                    };
                    /** @description Flat circumstances, such as {"load": "high"}. */
                    conditions?: {
                        [key: string]: string | number | boolean;
                    };
                    /**
                     * @description How clear the task was; unambiguous if not said.
                     * @enum {string}
                     */
                    clarity?: "unambiguous" | "multi-valid" | "underspecified";
                    /**
                     * Format: date-time
                     * @description When it was seen; now if not said.
                     */
                    observedAt?: string;
                    /** @description SHA-256 of the evidence, in hex. */
                    evidence?: string;
                    outcomes?: {
                        /** @description The scope of the task; left out, that of the promise. */
                        task?: string;
                        /** @description The promise that the outcome settles. */
                        promise?: string;
                        /** @description What was promised; left out, what the promise says. */
                        promised?: number | string[] | {
                            /** @constant */
                            kind: "count";
                            count: number;
                        } | {
                            /** @constant */
                            kind: "time";
                            ms: number;
                        } | {
                            /** @constant */
                            kind: "quality";
                            measure: string;
                            value: number;
                        } | {
                            /** @constant */
                            kind: "uptime";
                            ppm: number;
                            overMs: number;
                        };
                        /** @description What was delivered. */
                        delivered?: number | string[] | {
                            /** @constant */
                            kind: "count";
                            count: number;
                        } | {
                            /** @constant */
                            kind: "time";
                            ms: number;
                        } | {
                            /** @constant */
                            kind: "quality";
                            measure: string;
                            value: number;
                        } | {
                            /** @constant */
                            kind: "uptime";
                            ppm: number;
                            overMs: number;
                        };
                        /** @description Flat circumstances, such as {"load": "high"}. */
                        conditions?: {
                            [key: string]: string | number | boolean;
                        };
                        /**
                         * @description How clear the task was; unambiguous if not said.
                         * @enum {string}
                         */
                        clarity?: "unambiguous" | "multi-valid" | "underspecified";
                        /**
                         * Format: date-time
                         * @description When it was seen; now if not said.
                         */
                        observedAt?: string;
                        /** @description SHA-256 of the evidence, in hex. */
                        evidence?: string;
                    }[];
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreateObservationAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    publishObservation: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key it is done once, and answered as the first time. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "id": "private-3f2b8f0e-7c51-4e0a-9d53-0f6f3c1f2a77"
                 *     }
                 */
                "application/json": {
                    /** @description The private observation; it becomes the public one. */
                    id: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PublishObservationAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    score: {
        parameters: {
            query?: {
                /** @example code-review */
                scope?: string;
                at?: string;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScoreAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    explanation: {
        parameters: {
            query?: {
                scope?: string;
                at?: string;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExplanationAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    history: {
        parameters: {
            query?: {
                /** @example review */
                scope?: string;
                at?: string;
                /** @example 28 */
                days?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HistoryAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    paths: {
        parameters: {
            query?: {
                scope?: string;
                /** @example 5 */
                k?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PathsAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listAgents: {
        parameters: {
            query?: {
                /** @example 7f3a0c */
                q?: string;
                scope?: string;
                minScore?: number;
                seenSince?: string;
                sort?: "score" | "confidence" | "outcomes" | "seen" | "name";
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListAgentsAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    getAgent: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetAgentAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listPins: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListPinsAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    putPin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "kind": "distrust",
                 *       "name": "bob"
                 *     }
                 */
                "application/json": {
                    /**
                     * @description Left out: only the name is set.
                     * @enum {string}
                     */
                    kind?: "trust" | "distrust" | "cap";
                    /** @description The highest score, for kind "cap". */
                    cap?: number;
                    /** @description A petname. */
                    name?: string;
                    /** @description Where two key logs claim the name: inception or head of the one meant, in hex. */
                    branch?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PutPinAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    deletePin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeletePinAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listForgotten: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListForgottenAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    forgetAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ForgetAgentAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    recallAgent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                did: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecallAgentAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listPeers: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListPeersAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    addPeer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "address": "/ip4/192.0.2.7/tcp/7471/p2p/12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj"
                 *     }
                 */
                "application/json": {
                    /** @description aip-node:<multiaddr>?… or a multiaddr. */
                    address: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AddPeerAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    removePeer: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 12D3KooWSahP5pFRCEfaziPEba7urXGeif6T1y8jmodzdFUvzBHj */
                peer: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RemovePeerAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    listDenied: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListDeniedAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    denyPeer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": "198.51.100.0/24"
                 *     }
                 */
                "application/json": {
                    /** @description A peer id, a DID, an IP address or a range. */
                    subject: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DenyPeerAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    readmitPeer: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "subject": "198.51.100.0/24"
                 *     }
                 */
                "application/json": {
                    /** @description A peer id, a DID, an IP address or a range. */
                    subject: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReadmitPeerAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    doctor: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DoctorAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    getRecord: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path: {
                /** @example bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GetRecordAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listRecords: {
        parameters: {
            query?: {
                issuer?: string;
                subject?: string;
                /** @example vouch */
                type?: "vouch" | "revocation" | "promise" | "observation";
                prefix?: string;
                cursor?: string;
                limit?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListRecordsAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    importRecords: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/octet-stream": unknown;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportRecordsAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    exportRecords: {
        parameters: {
            query?: {
                /** @example did:aip:c196ab2f3d0e4b5a69788796a5b4c370 */
                issuer?: string;
                subject?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    exportCredential: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example bafyreiaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExportCredentialAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    verifyCredential: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "credential": "{\"@context\":[\"https://www.w3.org/ns/credentials/v2\"]}"
                 *     }
                 */
                "application/json": {
                    /** @description The text of its JSON, as it came: a parser may have lost what was signed. */
                    credential: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifyCredentialAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    exportHome: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": unknown;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    events: {
        parameters: {
            query?: {
                /**
                 * @example [
                 *       "record.accepted",
                 *       "peer.up"
                 *     ]
                 */
                kinds?: ("record.accepted" | "record.rejected" | "record.evicted" | "identity.changed" | "identity.forked" | "identity.rotated" | "score.changed" | "drift" | "peer.up" | "peer.down" | "sync.progress" | "sync.ended" | "sync.failed" | "sync.complete" | "warning")[];
                cursor?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    graph: {
        parameters: {
            query?: {
                scope?: string;
                /** @example 2 */
                depth?: number;
                /** @example 300 */
                limit?: number;
                at?: string;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["GraphAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    listTokens: {
        parameters: {
            query?: never;
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListTokensAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    createToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "name": "planner",
                 *       "rights": [
                 *         "read",
                 *         "observe"
                 *       ]
                 *     }
                 */
                "application/json": {
                    /** @description For whom it is. */
                    name: string;
                    /**
                     * @description What its bearer may do: read, observe, sign, vouch, admin.
                     * @default [
                     *       "read",
                     *       "observe",
                     *       "sign"
                     *     ]
                     */
                    rights?: ("read" | "observe" | "sign" | "vouch" | "admin")[];
                    /**
                     * Format: date-time
                     * @description When it ends; never if not said.
                     */
                    expiresAt?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreateTokenAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    revokeToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example 0123456789ab */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokeTokenAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    createSessionCode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /** @example {} */
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreateSessionCodeAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    openSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                 *     }
                 */
                "application/json": {
                    /** @description From "aip-node ui". */
                    code: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenSessionAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    logs: {
        parameters: {
            query?: {
                /** @example 20 */
                tail?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogsAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    signRequest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "method": "POST",
                 *       "url": "https://peer.example/a2a?task=1",
                 *       "body": "eyJhIjoxfQ=="
                 *     }
                 */
                "application/json": {
                    /** @description GET, POST, … */
                    method: string;
                    /**
                     * Format: uri
                     * @description Absolute, as the other side sees it.
                     */
                    url: string;
                    /**
                     * @description Only those that are signed matter.
                     * @default {}
                     */
                    headers?: {
                        [key: string]: string;
                    };
                    /**
                     * Format: base64
                     * @description The bytes of the body in base64; left out where there is none.
                     */
                    body?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignRequestAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    botDirectory: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "authority": "agent.example"
                 *     }
                 */
                "application/json": {
                    /** @description The host that the site is asked at; that of webBotAuth.agent if not said. */
                    authority?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BotDirectoryAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    verifyRequest: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "method": "POST",
                 *       "url": "https://peer.example/a2a?task=1",
                 *       "body": "eyJhIjoxfQ==",
                 *       "min": 0.3,
                 *       "scope": "tasks",
                 *       "onUnknown": "challenge"
                 *     }
                 */
                "application/json": {
                    /** @description GET, POST, … */
                    method: string;
                    /**
                     * Format: uri
                     * @description Absolute, as the other side sees it.
                     */
                    url: string;
                    /**
                     * @description Only those that are signed matter.
                     * @default {}
                     */
                    headers?: {
                        [key: string]: string;
                    };
                    /**
                     * Format: base64
                     * @description The bytes of the body in base64; left out where there is none.
                     */
                    body?: string;
                    /** @description The least assured score to serve. */
                    min?: number;
                    /**
                     * @description What for: a task type; "general" serves every scope.
                     * @default general
                     */
                    scope?: string;
                    /**
                     * @description What becomes of an agent without a score of its own.
                     * @default deny
                     * @enum {string}
                     */
                    onUnknown?: "allow" | "deny" | "challenge";
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifyRequestAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    signAgentCard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "card": {
                 *         "name": "Bob",
                 *         "description": "Reviews what it is sent.",
                 *         "supportedInterfaces": [
                 *           {
                 *             "url": "https://bob.example/a2a",
                 *             "protocolBinding": "JSONRPC",
                 *             "protocolVersion": "1.0"
                 *           }
                 *         ],
                 *         "version": "1.0.0",
                 *         "capabilities": {},
                 *         "defaultInputModes": [
                 *           "text/plain"
                 *         ],
                 *         "defaultOutputModes": [
                 *           "text/plain"
                 *         ],
                 *         "skills": [
                 *           {
                 *             "id": "review",
                 *             "name": "Review",
                 *             "description": "Reads lines.",
                 *             "tags": [
                 *               "review"
                 *             ]
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The card of A2A 1.0; an older signature of this agent is replaced. */
                    card: {
                        [key: string]: unknown;
                    };
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SignAgentCardAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    verifyAgentCard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "card": {
                 *         "name": "Bob",
                 *         "description": "Reviews what it is sent.",
                 *         "supportedInterfaces": [
                 *           {
                 *             "url": "https://bob.example/a2a",
                 *             "protocolBinding": "JSONRPC",
                 *             "protocolVersion": "1.0"
                 *           }
                 *         ],
                 *         "version": "1.0.0",
                 *         "capabilities": {},
                 *         "defaultInputModes": [
                 *           "text/plain"
                 *         ],
                 *         "defaultOutputModes": [
                 *           "text/plain"
                 *         ],
                 *         "skills": [
                 *           {
                 *             "id": "review",
                 *             "name": "Review",
                 *             "description": "Reads lines.",
                 *             "tags": [
                 *               "review"
                 *             ]
                 *           }
                 *         ],
                 *         "signatures": [
                 *           {
                 *             "protected": "e30",
                 *             "signature": "AA"
                 *           }
                 *         ]
                 *       }
                 *     }
                 */
                "application/json": {
                    /** @description The card as it was served. */
                    card: {
                        [key: string]: unknown;
                    };
                    /**
                     * @description What for: a task type; "general" serves every scope.
                     * @default general
                     */
                    scope?: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifyAgentCardAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
    pathsBetween: {
        parameters: {
            query: {
                from?: string;
                /** @example did:aip:7f3a0c5de1b24a6f8897a6b5c4d391c2 */
                to: string;
                scope?: string;
                /**
                 * @example [
                 *       "did:aip:c196ab2f3d0e4b5a69788796a5b4c370"
                 *     ]
                 */
                without?: (string)[];
                k?: number;
            };
            header?: {
                /** @description The ETag of an earlier answer: 304 while it still holds. */
                "If-None-Match"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PathsBetweenAnswer"];
                };
            };
            /** @description The same as the answer of that ETag. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Problem"];
        };
    };
    playLab: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @example sybil */
                scenario: "sybil" | "drift" | "partition" | "badmouthing" | "stuffing" | "on-off" | "whitewashing" | "collusion" | "stolen-key";
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "size": 100
                 *     }
                 */
                "application/json": {
                    /**
                     * @description How many identities the attacker makes, where that matters.
                     * @default 1000
                     */
                    size?: number;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PlayLabAnswer"];
                };
            };
            default: components["responses"]["Problem"];
        };
    };
}
