addhandler mini_configuration
mini_configuration[eventmask] = "bb.event.BuildStarted"
python mini_configuration() {
    lines = ['%-20s = "%s"' % (name, d.getVar(name) or '') for name in d.getVar('BUILDCFG_VARS').split()]
    bb.plain('\nBuild Configuration:\n%s\n' % '\n'.join(lines))
}

addtask fetch
addtask unpack after do_fetch
addtask configure after do_unpack
addtask compile after do_configure
addtask install after do_compile
addtask build after do_install

do_configure[deptask] = "do_install"
do_fetch[dirs] = "${T}"
do_unpack[dirs] = "${B}"
do_configure[dirs] = "${B}"
do_compile[dirs] = "${B}"
do_install[dirs] = "${B}"
do_build[noexec] = "1"

do_fetch() {
    true
}
do_unpack() {
    true
}
do_configure() {
    echo "configuring ${PN}"
}
do_compile() {
    echo "compiling ${PN}"
}
do_install() {
    true
}
