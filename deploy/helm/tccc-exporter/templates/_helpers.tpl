{{- define "tccc-exporter.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Names of other objects begin with it, so there is room left for their ends. */}}
{{- define "tccc-exporter.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "tccc-exporter.name" . -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tccc-exporter.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{- define "tccc-exporter.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tccc-exporter.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tccc-exporter.labels" -}}
{{ include "tccc-exporter.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tccc-exporter.serviceAccountName" -}}
{{- default (ternary (include "tccc-exporter.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "tccc-exporter.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the exporter's secret files; empty where there is none. */}}
{{- define "tccc-exporter.secretName" -}}
{{- default (ternary (printf "%s-secrets" (include "tccc-exporter.fullname" .)) "" (not (empty .Values.secrets))) .Values.existingSecret -}}
{{- end -}}

{{/* The Secret with the web configuration; empty where there is none. */}}
{{- define "tccc-exporter.webSecretName" -}}
{{- default (ternary (printf "%s-web" (include "tccc-exporter.fullname" .)) "" (not (empty .Values.web.config))) .Values.web.existingSecret -}}
{{- end -}}

{{- define "tccc-exporter.scheme" -}}
{{- default (ternary "https" "http" (hasKey .Values.web.config "tls_server_config")) .Values.web.scheme -}}
{{- end -}}

{{/* What a probe does; the argument is a list of the root context and the path to ask for. */}}
{{- define "tccc-exporter.probe" -}}
{{- $root := index . 0 -}}
{{- $clients := dig "tls_server_config" "client_auth_type" "" $root.Values.web.config -}}
{{- if or $root.Values.probes.exec (hasPrefix "Require" $clients) -}}
exec:
  command: [/usr/bin/python3, -m, exporter, --healthcheck]
{{- else -}}
httpGet:
  path: {{ index . 1 }}
  port: http
  scheme: {{ include "tccc-exporter.scheme" $root | upper }}
{{- end -}}
{{- end -}}

{{/* A duration such as 1m30s in milliseconds. */}}
{{- define "tccc-exporter.milliseconds" -}}
{{- $units := dict "ms" 1 "s" 1000 "m" 60000 "h" 3600000 "d" 86400000 -}}
{{- $sum := 0 -}}
{{- range regexFindAll "[0-9]+[a-z]+" . -1 -}}
{{- $sum = add $sum (mul (atoi (regexFind "[0-9]+" .)) (get $units (regexFind "[a-z]+" .))) -}}
{{- end -}}
{{- $sum -}}
{{- end -}}

{{- define "tccc-exporter.validate" -}}
{{- $sources := compact (list .Values.existingConfig (ternary "demo" "" .Values.demo) (ternary "config" "" (not (empty .Values.config)))) -}}
{{- if ne (len $sources) 1 -}}
{{- fail "give one of config, existingConfig and demo: true" -}}
{{- end -}}
{{- range $number, $account := .Values.config.accounts -}}
{{- range $key := list "secret_key" "token" -}}
{{- if hasKey (default dict $account.credentials) $key -}}
{{- fail (printf "config.accounts[%d].credentials.%s would stand in a ConfigMap: put it into a Secret, and name its file with %s_file" $number $key $key) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.secrets .Values.existingSecret -}}
{{- fail "give either secrets or existingSecret" -}}
{{- end -}}
{{- if and .Values.web.config .Values.web.existingSecret -}}
{{- fail "give either web.config or web.existingSecret" -}}
{{- end -}}
{{- range .Values.extraArgs -}}
{{- if regexMatch "^--?web\\.(listen-address|telemetry-path)" . -}}
{{- fail (printf "extraArgs has %s, but probes and Prometheus ask :10820/metrics: set service.port for another port" .) -}}
{{- end -}}
{{- end -}}
{{- if and .Values.scrapeConfig.enabled .Values.serviceMonitor.enabled -}}
{{- fail "enable either serviceMonitor or scrapeConfig: with both, everything is scraped twice" -}}
{{- end -}}
{{- if and .Values.scrapeConfig.enabled (gt (int .Values.replicas) 1) -}}
{{- fail "scrapeConfig asks the Service, behind which is one exporter: set replicas to 1, or use serviceMonitor" -}}
{{- end -}}
{{/* prometheus-operator passes over such an object without a word to whoever installs it. */}}
{{- range $name := list "serviceMonitor" "scrapeConfig" -}}
{{- $scrape := get $.Values $name -}}
{{- if and $scrape.enabled $scrape.interval $scrape.scrapeTimeout -}}
{{- $interval := include "tccc-exporter.milliseconds" $scrape.interval | int64 -}}
{{- if gt (include "tccc-exporter.milliseconds" $scrape.scrapeTimeout | int64) $interval -}}
{{- fail (printf "%s.scrapeTimeout is %s, longer than %s.interval, %s" $name $scrape.scrapeTimeout $name $scrape.interval) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
