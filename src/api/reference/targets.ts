/** Where the reference is. The gate lets these through without a token. */
export const REFERENCE_PATH = '/docs'
export const REFERENCE_STYLE_PATH = '/docs/style.css'
