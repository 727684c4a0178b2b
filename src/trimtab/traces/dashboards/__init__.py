"""Dashboards as data: panels that ask for measures of calls, cut by any field of the query language."""
