import { PageHead } from '../parts/page-head.tsx'

export function Lab() {
  return <PageHead title="Lab" />
}
