import { PageHead } from '../parts/page-head.tsx'

export function Graph() {
  return <PageHead title="Graph" />
}
