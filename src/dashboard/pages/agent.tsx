import { PageHead } from '../parts/page-head.tsx'

export function Agent({ did }: { readonly did: string }) {
  return <PageHead title={did} />
}
