import { PageHead } from '../parts/page-head.tsx'

export function Records() {
  return <PageHead title="Records" />
}
