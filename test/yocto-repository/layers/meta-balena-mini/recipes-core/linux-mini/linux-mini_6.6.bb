PROVIDES = "${PN} virtual/kernel"
python do_compile() {
    bb.warn("%s: this is no real kernel" % d.getVar('PN'))
}
