SUMMARY = "The files every system has: names, versions, accounts"
LICENSE = "MIT"
PACKAGE_ARCH = "all"
# Files ending in .in have their @NAMES@ filled in.
FILES_DIR = "files/rootfs"
