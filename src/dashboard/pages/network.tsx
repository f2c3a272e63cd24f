import { PageHead } from '../parts/page-head.tsx'

export function Network() {
  return <PageHead title="Network" />
}
