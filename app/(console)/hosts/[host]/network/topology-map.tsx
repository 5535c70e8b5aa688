'use client'
import '@xyflow/react/dist/style.css'
import { graphlib, layout } from '@dagrejs/dagre'
import {
  Background,
  BaseEdge,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
} from '@xyflow/react'
import { useTranslations } from 'next-intl'
import { useMemo } from 'react'
import { layers, type Topology, type TopologyEdge, type TopologyNode } from '@/lib/facts/topology.ts'
import { rateText } from '@/lib/kit/units.ts'
import { figuresOf, type HostView } from '@/lib/wire/host-view.ts'

const width = 168
const height = 44

type MapNode = Node<{ node: TopologyNode; differs: boolean; onOpen: (link: string) => void }, 'place'>
type MapEdge = Edge<{ edge: TopologyEdge; rx: number | null; tx: number | null }, 'wire'>

/** Uplink → bond → VLAN → bridge → VM in columns, live rates on the edges. The table beneath says the same in words. */
export default function TopologyMap({
  topology,
  view,
  differing,
  onOpen,
}: {
  topology: Topology
  view: HostView | null
  /** Links whose files and kernel disagree. */
  differing: ReadonlySet<string>
  onOpen: (link: string) => void
}) {
  const t = useTranslations('network')
  // Rates change each second, places only with the shape: as a text it is equal to itself.
  const shape = JSON.stringify({
    ids: topology.nodes.map(({ id }) => id),
    wires: topology.edges.map(({ from, to }): [string, string] => [from, to]),
  } satisfies Shape)
  const places = useMemo(() => placed(JSON.parse(shape) as Shape), [shape])
  const nodes: MapNode[] = topology.nodes.map((node) => ({
    id: node.id,
    type: 'place',
    position: places.get(node.id) ?? { x: 0, y: 0 },
    data: { node, differs: differing.has(node.link?.name ?? ''), onOpen },
    width,
    height,
    draggable: false,
    focusable: false,
    // Else nothing in a node that cannot be dragged or selected gets the pointer.
    style: { pointerEvents: 'all' },
  }))
  const edges: MapEdge[] = topology.edges.map((edge) => {
    const [rx, tx] = figuresOf(view, edge.via) ?? [null, null]
    return {
      id: edge.id,
      source: edge.from,
      target: edge.to,
      type: 'wire',
      focusable: false,
      data: { edge, rx, tx },
    }
  })
  const deepest = Math.max(1, ...layers.map((layer) => topology.nodes.filter((node) => node.layer === layer).length))
  return (
    <div
      style={{ height: Math.min(640, Math.max(220, deepest * (height + 24) + 60)) }}
      className="overflow-hidden rounded-base border border-line"
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        nodesConnectable={false}
        nodesDraggable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        fitView
        fitViewOptions={{ padding: 0.08, maxZoom: 1 }}
        minZoom={0.2}
        proOptions={{ hideAttribution: true }}
        aria-label={t('map')}
      >
        <Background color="var(--line)" gap={20} />
      </ReactFlow>
    </div>
  )
}

/** What the places depend on. */
interface Shape {
  ids: string[]
  wires: [from: string, to: string][]
}

function placed({ ids, wires }: Shape): Map<string, { x: number; y: number }> {
  const graph = new graphlib.Graph().setGraph({ rankdir: 'LR', nodesep: 20, ranksep: 130, marginx: 12, marginy: 12 })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const id of ids) graph.setNode(id, { width, height })
  for (const [from, to] of wires) graph.setEdge(from, to)
  layout(graph)
  return new Map(
    ids.map((id) => {
      const { x, y } = graph.node(id) as { x: number; y: number }
      return [id, { x: x - width / 2, y: y - height / 2 }]
    }),
  )
}

function Place({ data: { node, differs, onOpen } }: NodeProps<MapNode>) {
  const t = useTranslations('network')
  const { link } = node
  const edge = node.trouble !== null ? 'border-bad' : node.management ? 'border-warn' : 'border-line-strong'
  const words = [
    link === null ? t('vm') : link.kind,
    node.management ? `⚑ ${t('management')}` : null,
    node.trouble === null ? null : t(`trouble.${node.trouble}`),
    differs ? `▲ ${t('drift.kinds.runtime')}` : null,
  ]
  const inner = (
    <>
      <span className="truncate font-bold">{node.name}</span>
      <span className={`truncate text-11 ${node.trouble === null ? 'text-ink-3' : 'text-bad'}`}>
        {words.filter(Boolean).join(' · ')}
      </span>
    </>
  )
  const look = `flex h-full w-full flex-col justify-center rounded-base border bg-surface px-2.5 text-left text-12 ${edge}`
  return (
    <>
      <Handle type="target" position={Position.Left} className="invisible" />
      {link === null ? (
        <div className={look}>{inner}</div>
      ) : (
        <button type="button" className={`${look} nopan hover:bg-hover`} onClick={() => onOpen(link.name)}>
          {inner}
        </button>
      )}
      <Handle type="source" position={Position.Right} className="invisible" />
    </>
  )
}

function Wire({ sourceX, sourceY, targetX, targetY, data }: EdgeProps<MapEdge>) {
  const t = useTranslations('network')
  const [path, labelX, labelY] = getBezierPath({
    sourceX,
    sourceY,
    targetX,
    targetY,
    sourcePosition: Position.Right,
    targetPosition: Position.Left,
  })
  const broken = data?.edge.broken ?? null
  const stroke = broken !== null ? 'var(--bad)' : data?.edge.management === true ? 'var(--warn)' : 'var(--line-strong)'
  return (
    <>
      <BaseEdge
        path={path}
        style={{ stroke, strokeWidth: 1.5, strokeDasharray: broken === null ? undefined : '4 4' }}
      />
      <EdgeLabelRenderer>
        <div
          style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
          className="absolute rounded-[4px] bg-canvas px-1 text-center"
        >
          {broken === null ? (
            <span className="figures block text-11 text-ink-2">
              ↓{rateText(data?.rx ?? null, 'pps')}
              <br />↑{rateText(data?.tx ?? null, 'pps')}
            </span>
          ) : (
            <span className="text-11 text-bad">
              ✕ {data?.edge.via}: {t(`trouble.${broken}`)}
            </span>
          )}
        </div>
      </EdgeLabelRenderer>
    </>
  )
}

const nodeTypes = { place: Place }
const edgeTypes = { wire: Wire }
