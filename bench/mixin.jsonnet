// The same content as the benchmark's spec, written the way monitoring mixins are: small functions that
// each return a part of an object, composed with `+`, and `%` for strings. 1,660 services have five alerts
// each, a hundred have seventeen alerts and a dashboard of twenty panels.

local rule = {
  new(name, expr):: { alert: name, expr: expr },
  withFor(duration):: { 'for': duration },
  withLabels(labels):: { labels+: labels },
  withAnnotations(annotations):: { annotations+: annotations },
};

local alert(service, name, severity, expr, duration, description) =
  rule.new(name, expr)
  + (if duration == '' then {} else rule.withFor(duration))
  + rule.withLabels({
    severity: severity,
    team: service.team,
    service: service.name,
    environment: 'prod',
    region: 'eu-west-1',
  })
  + rule.withAnnotations({
    summary: '%s on %s' % [name, service.name],
    description: description,
    runbook_url: 'https://runbooks.example/%s/%s' % [service.name, name],
  });

local plainAlerts(service) = [
  alert(service, 'high_error_rate', 'critical', 'error_rate{service="%s"} > 0.05' % service.name, '5m', '{{ $value | humanizePercentage }} of the requests fail'),
  alert(service, 'slow_requests', 'high', 'avg_over_time(request_duration_seconds_p99{service="%s"}[10m]) > 0.5' % service.name, '', 'Requests are slow'),
  alert(service, 'queue_growing', 'medium', 'deriv(queue_length{service="%s"}[30m]) * 1800 > 500' % service.name, '', 'More comes in than goes out'),
  alert(service, 'no_heartbeat', 'high', 'absent_over_time(heartbeat{service="%s"}[5m])' % service.name, '', 'The worker is silent'),
  alert(service, 'busy_workers', 'low', 'sum by (instance) (rate(worker_busy_seconds_total{service="%s"}[5m])) >= 0.5' % service.name, '10m', 'The workers of {{ $labels.instance }} have no air left'),
];

local drawnExpr(service, id) = 'sum by (instance) (rate(metric_%d_total{service="%s"}[5m]))' % [id, service.name];

local drawnAlerts(service) = [
  alert(service, 'panel_%d' % id, 'low', '%s > %d' % [drawnExpr(service, id), id], '5m', 'Metric %d is too high' % id)
  for id in std.range(1, 17)
];

local ruleFile(service, alerts) = {
  groups: [{ name: service.name, interval: '30s', rules: alerts }],
};

local datasource = { type: 'prometheus', uid: 'prometheus' };

local query = {
  new(expr):: { datasource: datasource, expr: expr, refId: 'A' },
  withLegendFormat(format):: { legendFormat: format },
  withInstant(instant):: { instant: instant },
};

local panel = {
  new(type, title):: { type: type, title: title, datasource: datasource },
  withId(id):: { id: id },
  withDescription(text):: { description: text },
  withTargets(targets):: { targets: targets },
  withGridPos(id):: { gridPos: { h: 8, w: 12, x: 12 * (id % 2), y: 8 * std.floor(id / 2) } },
  withUnit(unit):: { fieldConfig+: { defaults+: { unit: unit } } },
  withColor(mode):: { fieldConfig+: { defaults+: { color: { mode: mode } } } },
  withThresholds(value):: { fieldConfig+: { defaults+: { thresholds: { mode: 'absolute', steps: [{ color: 'green', value: null }, { color: 'red', value: value }] } } } },
  withThresholdsStyle(mode):: { fieldConfig+: { defaults+: { custom+: { thresholdsStyle: { mode: mode } } } } },
  withFillOpacity(value):: { fieldConfig+: { defaults+: { custom+: { fillOpacity: value } } } },
  withLineWidth(value):: { fieldConfig+: { defaults+: { custom+: { lineWidth: value } } } },
  withOverrides(overrides):: { fieldConfig+: { overrides: overrides } },
  withLegend(placement):: { options+: { legend+: { displayMode: 'list', placement: placement, showLegend: true } } },
  withTooltip(mode):: { options+: { tooltip+: { mode: mode, sort: 'desc' } } },
  withLinks(links):: { links: links },
};

local dashboard = {
  new(title):: { title: title, schemaVersion: 39, editable: false },
  withUid(uid):: { uid: uid },
  withTags(tags):: { tags: tags },
  withTime(from, to):: { time: { from: from, to: to } },
  withRefresh(interval):: { refresh: interval },
  withLinks(links):: { links: links },
  withPanels(panels):: { panels: panels },
};

local graph(service, id) =
  panel.new('timeseries', 'panel_%d' % id)
  + panel.withId(id)
  + panel.withDescription('Metric %d is too high' % id)
  + panel.withTargets([
    query.new(drawnExpr(service, id)) + query.withLegendFormat('{{instance}}') + query.withInstant(false),
  ])
  + panel.withGridPos(id)
  + panel.withUnit('short')
  + panel.withColor('palette-classic')
  + panel.withThresholds(id)
  + panel.withThresholdsStyle('line+area')
  + panel.withFillOpacity(10)
  + panel.withLineWidth(1)
  + panel.withOverrides([])
  + panel.withLegend('bottom')
  + panel.withTooltip('multi')
  + panel.withLinks([{ title: 'Runbook', url: 'https://runbooks.example/%s/panel_%d' % [service.name, id] }]);

local serviceDashboard(service) =
  dashboard.new('%s (prod)' % service.name)
  + dashboard.withUid('mg-service-%s' % service.name)
  + dashboard.withTags(['monitorgen', 'service:%s' % service.name, 'team:%s' % service.team])
  + dashboard.withTime('now-6h', 'now')
  + dashboard.withRefresh('1m')
  + dashboard.withLinks([{ title: 'All services', url: '/d/mg-overview' }])
  + dashboard.withPanels([graph(service, id) for id in std.range(1, 20)]);

local services = [
  { name: 'service%05d' % number, team: 'team%03d' % (number % 40), drawn: number >= 1660 }
  for number in std.range(0, 1759)
];

{
  ['rules/%s.yml' % service.name]: std.manifestYamlDoc(
    ruleFile(service, if service.drawn then drawnAlerts(service) else plainAlerts(service)), quote_keys=false
  )
  for service in services
} + {
  ['dashboards/%s.json' % service.name]: std.manifestJsonEx(serviceDashboard(service), '  ')
  for service in services
  if service.drawn
}
