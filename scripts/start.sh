#!/bin/sh
# Builds what one app needs and becomes nunicorn: pnpm start [app] [nunicorn settings]
set -e
app=hello
case "$1" in
  '' | -*) ;;
  *) app=$1 && shift ;;
esac
if [ ! -f "apps/$app/src/app.ts" ]; then
  echo "There is no apps/$app/src/app.ts to start." >&2
  exit 2
fi
export DO_NOT_TRACK=1 TURBO_PRINT_VERSION_DISABLED=1
echo "Building apps/$app and nunicorn"
log=$(turbo run build --filter="./apps/$app..." 2>&1) || { echo "$log" >&2 && exit 1; }
exec nunicorn --chdir "apps/$app" "$@" src/app.ts
