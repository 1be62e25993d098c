#!/bin/sh
# In a container, what cron and timers are elsewhere: at 02:47 (UTC) a backup, then prune.
set -u
while :; do
  now=$(date -u +%s)
  next=$(date -u -d "02:47" +%s)
  [ "$next" -gt "$now" ] || next=$((next + 86400))
  sleep $((next - now))
  python manage.py clinic backup --keep 30
  python manage.py prune
done
