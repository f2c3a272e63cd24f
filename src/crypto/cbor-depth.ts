/** Arrays and maps inside one another, empty ones included: more than any message nests, few for a stack. */
export const CBOR_DEPTH_LIMIT = 16
