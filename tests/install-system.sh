#!/bin/sh
# Install the Debian packages that the tests need and that are not there yet.
# Without root, or where there is no apt-get, say what is missing and let the tests tell the rest.
set -eu

# libatomic1: the node inside the playwright wheel loads it; gdal-bin edits stores as others do.
# postgresql-postgis: PostgreSQL and PostGIS in the version that the system comes with; the tests
# start servers of their own and leave the system's alone.
# python3-qgis, qgis-providers: QGIS edits stores as planners do; about 130 MB and 40 s to install.
packages="chromium fonts-noto-cjk gdal-bin libatomic1 postgresql-postgis python3-qgis qgis-providers"

missing=""
for package in $packages; do
    if ! dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q 'ok installed'; then
        missing="$missing $package"
    fi
done

[ -n "$missing" ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "tests need these programs:$missing (not installed: not root, or no apt-get)" >&2
    exit 0
fi

echo "installing$missing"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# shellcheck disable=SC2086  # a list of names
apt-get -qq install -y --no-install-recommends $missing >/dev/null
