// The same content as the benchmark's spec, written the way monitoring mixins are: functions that compose
// objects, and `%` for strings. Two thousand services with five alerts, a hundred dashboards of twenty panels.
local severity = { high_error_rate: 'critical', slow_requests: 'high', queue_growing: 'medium', no_heartbeat: 'high', busy_workers: 'low' };

local alert(service, team, name, expr, duration, description) = {
  alert: name,
  expr: expr,
  labels: {
    severity: severity[name],
    team: team,
    service: service,
    environment: 'prod',
    region: 'eu-west-1',
  },
  annotations: {
    summary: '%s on %s' % [name, service],
    description: description,
    runbook_url: 'https://runbooks.example/%s/%s' % [service, name],
  },
} + (if duration == '' then {} else { 'for': duration });

local alertsOf(number) =
  local service = 'service%05d' % number;
  local team = 'team%03d' % (number % 40);
  local level = 1 + number % 9;
  local amount = 100 + number % 900;
  [
    alert(service, team, 'high_error_rate', 'error_rate{service="%s"} > 0.0%d' % [service, level], '5m', '{{ $value | humanizePercentage }} of the requests fail'),
    alert(service, team, 'slow_requests', 'avg_over_time(request_duration_seconds_p99{service="%s"}[10m]) > 0.%d' % [service, amount], '', 'Requests are slow'),
    alert(service, team, 'queue_growing', 'deriv(queue_length{service="%s"}[30m]) * 1800 > %d' % [service, amount], '', 'More comes in than goes out'),
    alert(service, team, 'no_heartbeat', 'absent_over_time(heartbeat{service="%s"}[5m])' % service, '', 'The worker is silent'),
    alert(service, team, 'busy_workers', 'sum by (instance) (rate(worker_busy_seconds_total{service="%s"}[5m])) >= 0.%d' % [service, level], '10m', 'The workers of {{ $labels.instance }} have no air left'),
  ];

local ruleFile(number) = {
  groups: [{
    name: 'service%05d' % number,
    interval: '30s',
    rules: alertsOf(number),
  }],
};

local datasource = { type: 'prometheus', uid: 'prometheus' };
local target(expr, legend, ref) = { datasource: datasource, expr: expr, legendFormat: legend, refId: ref };
local threshold(value) = {
  fieldConfig+: { defaults+: {
    thresholds: { mode: 'absolute', steps: [{ color: 'green', value: null }, { color: 'red', value: value }] },
    custom+: { thresholdsStyle: { mode: 'line+area' } },
  } },
};
local unit(name) = { fieldConfig+: { defaults+: { unit: name } } };
local timeseries(id, title, targets) = {
  id: id,
  type: 'timeseries',
  title: title,
  datasource: datasource,
  gridPos: { h: 8, w: 12, x: 12 * (id % 2), y: 8 * std.floor(id / 2) },
  targets: targets,
  options: { legend: { displayMode: 'list', placement: 'bottom', showLegend: true }, tooltip: { mode: 'multi', sort: 'desc' } },
  fieldConfig: { defaults: { color: { mode: 'palette-classic' }, custom: { fillOpacity: 10, lineWidth: 1 } }, overrides: [] },
};
local dashboard(number) =
  local service = 'service%05d' % number;
  {
    uid: 'mg-service-%s' % service,
    title: service,
    tags: ['monitorgen', 'service:%s' % service],
    schemaVersion: 39,
    time: { from: 'now-6h', to: 'now' },
    panels: [
      timeseries(id, 'panel %d' % id, [
        target('sum by (instance) (rate(metric_%d_total{service="%s"}[5m]))' % [id, service], '{{instance}}', 'A'),
        target('avg(metric_%d{service="%s"})' % [id, service], 'average', 'B'),
      ]) + unit('short') + threshold(id)
      for id in std.range(1, 20)
    ],
  };

{
  ['rules/service%05d.yml' % number]: std.manifestYamlDoc(ruleFile(number), quote_keys=false)
  for number in std.range(0, 1999)
} + {
  ['dashboards/service%05d.json' % number]: std.manifestJsonEx(dashboard(number), '  ')
  for number in std.range(0, 99)
}
