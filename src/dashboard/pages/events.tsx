import { PageHead } from '../parts/page-head.tsx'

export function Events() {
  return <PageHead title="Events" />
}
