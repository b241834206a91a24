# SPDX-License-Identifier: Apache-2.0
# Knobs: CC=clang  SAN=1 (sanitizers)  V=1 (show commands)  PREFIX=/usr/local  DESTDIR=
#        WERROR= (a compiler of tomorrow may warn of more; quickstart builds so)
CC ?= gcc
PREFIX ?= /usr/local
BUILD ?= build$(if $(SAN),-san)$(if $(findstring clang,$(CC)),-clang)$(if $(COV),-cov)
FUZZ_SECONDS ?= 10
WERROR ?= -Werror
Q := $(if $(V),,@)
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules

# A folder is a layer. What each program is made of; the order is the order of linking.
LAYERS := base host checks setup doctor runtime/oci runtime/image runtime/engine runtime/cli
PROGRAMS := rpod-setup rpod-doctor rpod
rpod-setup.layers := setup checks host base
rpod-doctor.layers := doctor checks host base
rpod.layers := runtime/cli runtime/engine runtime/image runtime/oci checks host base
rpod-setup.main := setup/main.c
rpod-doctor.main := doctor/main.c
rpod.main := runtime/cli/main.c

CPPFLAGS += -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -I. -I$(BUILD) -include base/banned.h
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wwrite-strings -Wmissing-prototypes \
	-Wstrict-prototypes -Wpointer-arith -Wundef -Wno-missing-field-initializers $(WERROR)
# (gcc 10 takes designated initializers for positional ones beside a compound literal)
HARDEN := -fstack-protector-strong -fPIE -fno-common $(if $(SAN)$(COV),,-D_FORTIFY_SOURCE=2)
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack,--as-needed
SAN_ON := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SANFLAGS := $(if $(SAN),$(SAN_ON))$(if $(COV),--coverage)
ALL_CFLAGS = -std=gnu17 $(CFLAGS) $(WARNINGS) $(HARDEN) $(SANFLAGS) $(JSON_CFLAGS)
JSON_CFLAGS := $(shell pkg-config --cflags json-c 2>/dev/null)
LIBS := $(shell pkg-config --libs json-c 2>/dev/null) -ldl
# the other libraries are loaded at run time, where they are needed and where the host has them
# (base/dl.h)

MAINS := $(foreach p,$(PROGRAMS),$($(p).main))
SOURCES := $(filter-out $(MAINS),$(foreach l,$(LAYERS),$(wildcard $(l)/*.c)))
UNITS := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test-*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz-*.c))
TOOLS := $(patsubst tests/tools/%.c,%,$(wildcard tests/tools/*.c))
archive = $(BUILD)/lib$(subst /,-,$(1)).a
archives = $(foreach l,$(1),$(call archive,$(l)))
say = $(if $(V),,@printf '  %-7s %s\n' $(1) $(2))

.PHONY: all deps check test quickstart install uninstall layers lint fmt fuzz bench cover clean \
	machines hosts local units
all: $(addprefix $(BUILD)/,$(PROGRAMS))

$(BUILD)/%.o: %.c Makefile
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

# The default system call filter is compiled here, once, and not at every container's start.
$(BUILD)/gen/%: tools/%.c Makefile
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu17 -O1 $(WARNINGS) $< -o $@ $(shell pkg-config --libs libseccomp)
$(BUILD)/gen/%.h: $(BUILD)/gen/%
	$(Q)$< > $@.tmp && mv $@.tmp $@
$(BUILD)/runtime/oci/seccomp.o: $(BUILD)/gen/seccomp-default.h

# $(call embed,NAME[,LAST]): the file as an array of bytes.
embed = $(Q){ echo 'static const unsigned char $(1)[] = {'; \
	od -An -v -tx1 $< | sed 's/ \(..\)/0x\1,/g'; echo '$(2) };'; } > $@.tmp && mv $@.tmp $@

# The program of the built-in image, embedded as bytes: without a C library where tools/hello.c
# knows the machine.
HELLO_BARE := -DFREESTANDING -ffreestanding -nostdlib -Wl,--build-id=none -Wl,-z,noseparate-code
HELLO_KNOWN := $(filter x86_64-% aarch64-% riscv64-%,$(shell $(CC) -dumpmachine))
$(BUILD)/gen/hello: tools/hello.c Makefile
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu17 -Os -Wall -Wextra -Werror -static -s -fno-pie -fno-stack-protector \
		-fno-asynchronous-unwind-tables $(if $(HELLO_KNOWN),$(HELLO_BARE)) $< -o $@
$(BUILD)/gen/hello.h: $(BUILD)/gen/hello
	$(call embed,hello_program)
$(BUILD)/runtime/image/hello.o: $(BUILD)/gen/hello.h

# The functions of exported scripts, embedded as text: paragraphs, so a blank line parts the files.
$(BUILD)/gen/export-steps: setup/export-steps.sh setup/export-ids.sh Makefile
	$(call say,GEN,$@)
	$(Q)mkdir -p $(@D)
	$(Q)sed -s '$$G' $(filter %.sh,$^) > $@
$(BUILD)/gen/export-steps.h: $(BUILD)/gen/export-steps
	$(call embed,export_steps,0)
$(BUILD)/setup/export-step.o: $(BUILD)/gen/export-steps.h

define layer_rules
$(call archive,$(1)): $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(MAINS),$(wildcard $(1)/*.c)))
	$(Q)rm -f $$@
	$(Q)ar rcs $$@ $$^
endef
$(foreach l,$(LAYERS),$(eval $(call layer_rules,$(l))))

define program_rules
$(BUILD)/$(1): $(BUILD)/$(patsubst %.c,%.o,$($(1).main)) $(call archives,$($(1).layers))
	$(call say,LINK,$(1))
	$(Q)$(CC) $(SANFLAGS) $(LDHARDEN) $(LDFLAGS) -o $$@ $$^ $(LIBS)
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$(p))))

UNIT_LAYERS := setup doctor runtime/cli runtime/engine runtime/image runtime/oci checks host base
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(call archives,$(UNIT_LAYERS))
	$(call say,LINK,$@)
	$(Q)$(CC) $(SANFLAGS) $(LDHARDEN) -o $@ $^ $(shell pkg-config --libs cmocka) $(LIBS)
$(BUILD)/tests/tools/%: $(BUILD)/tests/tools/%.o $(call archives,$(UNIT_LAYERS))
	$(Q)$(CC) $(SANFLAGS) $(LDHARDEN) -o $@ $^ $(LIBS)

# -- proof -----------------------------------------------------------------------------------
units: $(addprefix $(BUILD)/tests/unit/,$(UNITS))
tools: $(addprefix $(BUILD)/tests/tools/,$(TOOLS))
check: all units tools
	$(Q)tests/run --build $(BUILD) units hosts local
test: deps
	$(Q)$(MAKE) -j"$$(nproc)" all units tools
	$(Q)tests/run --build $(BUILD) units hosts local machines
machines hosts local: all units tools
	$(Q)tests/run --build $(BUILD) $@
layers:
	$(Q)tests/layers
lint: layers
	$(Q)tests/lint $(BUILD)
fmt:
	$(Q)clang-format -i $(shell git ls-files '*.c' '*.h')
fuzz:
	$(Q)$(MAKE) CC=clang BUILD=build-fuzz \
		CFLAGS="-O1 -g -fsanitize=address,undefined,fuzzer-no-link" HARDEN= \
		$(addprefix build-fuzz/tests/fuzz/,$(FUZZERS))
	$(Q)tests/fuzz/run build-fuzz/tests/fuzz $(FUZZ_SECONDS)
build-fuzz/tests/fuzz/%: build-fuzz/tests/fuzz/%.o $(call archives,$(UNIT_LAYERS))
	$(Q)clang -fsanitize=address,undefined,fuzzer -o $@ $^ $(LIBS)
bench: all tools
	$(Q)tests/bench/run $(BUILD)
	$(Q)tests/bench/setup $(BUILD)
	$(Q)tests/bench/doctor $(BUILD)
	$(Q)tests/bench/look $(BUILD)
cover:
	$(Q)$(MAKE) COV=1 CFLAGS="-O0 -g" check
	$(Q)tests/cover build-cov

# -- hosts -----------------------------------------------------------------------------------
deps:
	$(Q)tools/deps build test
quickstart:
	$(Q)tools/quickstart $(PREFIX)
install: all
	$(Q)tools/install $(BUILD) "$(DESTDIR)" "$(PREFIX)"
uninstall:
	$(Q)tools/install --remove "$(DESTDIR)" "$(PREFIX)"
clean:
	rm -rf build build-san build-clang build-san-clang build-cov build-fuzz

-include $(patsubst %.c,$(BUILD)/%.d,$(SOURCES) $(MAINS) $(wildcard tests/unit/*.c tests/fuzz/*.c))
.SECONDARY:
