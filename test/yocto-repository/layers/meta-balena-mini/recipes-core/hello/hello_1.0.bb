DEPENDS = "slow"
