/* SPDX-License-Identifier: Apache-2.0 */
#include "checks/setting.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "checks/check.h"
#include "checks/dropin.h"
#include "checks/plan.h"

bool setting_is_low(const struct host *host, const struct setting *setting)
{
	const struct fact_number *live = &host->sysctl.keys[setting->key].live;

	return live->state == FACT_KNOWN && live->value < setting->least;
}

bool setting_is_low_at_boot(const struct host *host, const struct setting *setting)
{
	const struct sysctl *sysctl = &host->sysctl.keys[setting->key];

	if (host->next_boot) /* that is what live is then */
		return false;
	/* a line for a key this kernel has not does nothing: Debian's switch in a list for all hosts */
	if (host->live && sysctl->live.state == FACT_ABSENT)
		return false;
	return sysctl->boot.state == FACT_KNOWN && sysctl->boot.value < setting->least;
}

bool setting_is_ours(const struct host *host, enum sysctl_key key, struct sysctl_line *ret)
{
	return sysctl_parse(host->sysctl.ours, strlen(host->sysctl.ours), key, ret);
}

/* sysctl.d(5). /etc/sysctl.conf, which procps alone reads, is its last file, and sorts so. */
bool setting_can_win(const struct host *host, enum sysctl_key key)
{
	const struct sysctl *sysctl = &host->sysctl.keys[key];

	return sysctl->boot.state != FACT_KNOWN ||
	       !dropin_comes_later(sysctl->boot_file, DROPIN_SYSCTL);
}

void setting_say(
	struct verdict *v, const struct host *host, enum sysctl_key key, const char *wanted)
{
	const struct sysctl *sysctl = &host->sysctl.keys[key];

	if (!host->next_boot)
		verdict_evidence(
			v, sysctl_path(key), wanted, "%lld", (long long)sysctl->live.value);
	else if (sysctl->boot.state == FACT_KNOWN)
		setting_say_source(v, host, key, wanted);
	else
		verdict_evidence(v, sysctl_name(key), wanted, "%lld, the kernel's own",
			(long long)sysctl->live.value);
}

bool setting_is_kernels(const struct host *host, enum sysctl_key key)
{
	return host->next_boot && host->sysctl.keys[key].boot.state == FACT_ABSENT;
}

static const char *value_words(enum sysctl_key key, int64_t value, int64_t last, char ret[48])
{
	if (sysctl_is_range(key))
		(void)snprintf(ret, 48, "%lld %lld", (long long)value, (long long)last);
	else
		(void)snprintf(ret, 48, "%lld", (long long)value);
	return ret;
}

void setting_say_source(
	struct verdict *v, const struct host *host, enum sysctl_key key, const char *wanted)
{
	const struct sysctl *sysctl = &host->sysctl.keys[key];
	char source[160], value[48];

	(void)snprintf(source, sizeof(source), "%.140s:%u", sysctl->boot_file, sysctl->boot_line);
	verdict_evidence(v, source, wanted, "%s = %s", sysctl_name(key),
		value_words(key, sysctl->boot.value, sysctl->boot_last, value));
	if (setting_can_win(host, key))
		return;
	if (text_starts(sysctl->boot_file, "/etc/"))
		verdict_fix(v, "sudo sed -i '%us/^/# /' %.140s # it comes after %s",
			sysctl->boot_line, sysctl->boot_file, strrchr(DROPIN_SYSCTL, '/') + 1);
	else
		verdict_fix(v, "take the line out of '%.140s', which comes after %s",
			sysctl->boot_file, strrchr(DROPIN_SYSCTL, '/') + 1);
}

void setting_warn_of_boot(
	struct verdict *v, const struct host *host, enum sysctl_key key, const char *wanted)
{
	const struct sysctl *sysctl = &host->sysctl.keys[key];
	char value[48];

	verdict_warn(v, "the next boot sets %s to %s", sysctl_name(key),
		value_words(key, sysctl->boot.value, sysctl->boot_last, value));
	setting_say_source(v, host, key, wanted);
	if (sysctl->live.state == FACT_KNOWN && !host->next_boot)
		verdict_evidence(v, sysctl_path(key), NULL, "%s now",
			value_words(key, sysctl->live.value, sysctl->live_last, value));
}

void setting_judge_boot(
	struct verdict *v, const struct host *host, const struct setting *settings, size_t n)
{
	char wanted[32];

	for (size_t i = 0; i < n; i++) {
		if (!setting_is_low_at_boot(host, &settings[i]))
			continue;
		(void)snprintf(wanted, sizeof(wanted), ">= %lld", (long long)settings[i].least);
		setting_warn_of_boot(v, host, settings[i].key, wanted);
	}
}

void setting_mend(
	struct plan *plan, const struct host *host, const struct setting *settings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((setting_is_low(host, &settings[i]) &&
			    (!host->next_boot || setting_can_win(host, settings[i].key))) ||
			(setting_is_low_at_boot(host, &settings[i]) &&
				setting_can_win(host, settings[i].key)))
			plan_sysctl(plan, sysctl_name(settings[i].key), settings[i].good);
}
