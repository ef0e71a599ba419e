"""Makes the dashboards of config/grafana."""
