namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>All that every ledger must do; here what is done to it at run time.</summary>
public abstract class LedgerCases : LedgerInputCases
{
    public static TheoryData<string> Hostile() =>
        ["ada", "", "Zoë 🦊 用户", "two\nlines\r\n", "nul\0in it", "a|b|c", "a/b%2F", "{tag}:x:{y}", "*?[a]\\", " ' \" ; -- ", new string('x', 1000), "\u0001\u007f"];

    [Fact]
    public async Task Override_goes_before_the_limit_told_and_a_subjects_before_everybodys_until_it_is_taken_back()
    {
        var line = Line(10, 1, subject: "ada");
        Assert.Equal(10, (await StateAsync(line)).Limit);

        await Ledger.SetOverrideAsync("a", null, new(20), Stop);
        Assert.Equal(20, (await StateAsync(line)).Limit);
        await Ledger.SetOverrideAsync("a", "ada", new(5), Stop);
        Assert.Equal((5, 20), ((await StateAsync(line)).Limit, (await StateAsync(Line(10, subject: "bob"))).Limit));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(line with { Amount = 6 })).Status);
        await Ledger.SetOverrideAsync("a", "ada", new(null), Stop);
        Assert.Null((await StateAsync(line)).Limit);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(line with { Amount = 1_000_000 })).Status);

        await Ledger.SetOverrideAsync("a", "ada", null, Stop);
        Assert.Equal(20, (await StateAsync(line)).Limit);
        await Ledger.SetOverrideAsync("a", null, null, Stop);
        Assert.Equal(10, (await StateAsync(line)).Limit);
    }

    [Fact]
    public async Task Override_limits_what_is_unlimited_and_nothing_else()
    {
        await Ledger.SetOverrideAsync("a", null, new(0), Stop);

        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(null, 1))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(null, 1, "ab"))).Status);
    }

    [Fact]
    public async Task Override_of_all_calls_together_is_not_everybodys()
    {
        await Ledger.SetOverrideAsync("a", "", new(7), Stop);

        Assert.Equal((7, 10), ((await StateAsync(Line(10))).Limit, (await StateAsync(Line(10, subject: "ada"))).Limit));
        Assert.Equal(("a", "", new LedgerOverride(7)), Assert.Single(await Ledger.OverridesAsync(Stop)));
    }

    [Fact]
    public async Task Overrides_are_listed_as_they_were_set_last()
    {
        await Ledger.SetOverrideAsync("a", null, new(1), Stop);
        await Ledger.SetOverrideAsync("a", "ada", new(2), Stop);
        await Ledger.SetOverrideAsync("b", "ada", new(AmountMath.Most), Stop);
        await Ledger.SetOverrideAsync("a", "ada", new(null), Stop);
        await Ledger.SetOverrideAsync("c", null, new(3), Stop);
        await Ledger.SetOverrideAsync("c", null, null, Stop);
        await Ledger.SetOverrideAsync("never", "there", null, Stop);

        (string, string?, long?)[] set = [("a", null, 1), ("a", "ada", null), ("b", "ada", AmountMath.Most)];
        Assert.Equal(set, (await Ledger.OverridesAsync(Stop)).Select(said => (said.Limit, said.Subject, said.Value.Limit)).Order());
    }

    [Fact]
    public async Task Warning_is_claimed_by_one_and_a_higher_one_takes_the_lower_ones()
    {
        Assert.True(await Ledger.ClaimWarningAsync(Line(100), 80, Stop));
        Assert.False(await Ledger.ClaimWarningAsync(Line(100), 80, Stop));
        Assert.True(await Ledger.ClaimWarningAsync(Line(100, subject: "ada"), 95, Stop));
        Assert.False(await Ledger.ClaimWarningAsync(Line(100, subject: "ada"), 80, Stop));
        Assert.True(await Ledger.ClaimWarningAsync(Line(100), 95, Stop));
        Assert.Equal(95, (await StateAsync(Line(100))).Warned);

        var claims = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Ledger.ClaimWarningAsync(Line(100, name: "b"), 80, Stop), Stop)));
        Assert.Single(claims, isMine => isMine);
    }

    [Fact]
    public async Task Warning_leaves_what_is_used_and_held_as_it_is()
    {
        await ChargeAsync(new ChargeLine(Line(100), 50));
        await HoldAsync(Line(100, 30));
        await Ledger.ClaimWarningAsync(Line(100), 80, Stop);

        Assert.Equal(new LineState(100, 50, 0, 30, 80, false, null, Day.End), await StateAsync(Line(100)));
    }

    [Fact]
    public async Task Warning_is_due_again_in_the_next_period()
    {
        var (first, next) = await PeriodsAsync();
        Assert.True(await Ledger.ClaimWarningAsync(Line(100, span: first), 95, Stop));
        await PassAsync(next.Start);

        Assert.Equal(0, (await StateAsync(Line(100, span: next))).Warned);
        Assert.True(await Ledger.ClaimWarningAsync(Line(100, span: next), 80, Stop));
        Assert.False(await Ledger.ClaimWarningAsync(Line(100, span: next), 80, Stop));
    }

    [Fact]
    public async Task Warning_of_a_sliding_window_is_due_again_after_its_length()
    {
        var line = Line(100, span: Sliding(1_000));
        Assert.True(await Ledger.ClaimWarningAsync(line, 80, Stop));
        Assert.False(await Ledger.ClaimWarningAsync(line, 80, Stop));
        var warned = await NowAsync();
        await PassAsync(warned + 1_000);

        Assert.True(await Ledger.ClaimWarningAsync(line, 80, Stop));
    }

    [Fact]
    public async Task Resetting_sets_used_to_nothing_keeps_holds_and_lets_warn_anew()
    {
        LedgerLine[] lines = [Line(100), Line(100, name: "b", span: Sliding(60_000)), Line(100, name: "c", span: Session)];
        var id = Guid.NewGuid();
        foreach (var line in lines)
        {
            await ChargeAsync(new ChargeLine(line, 50, 7));
            await Ledger.ClaimWarningAsync(line, 95, Stop);
        }

        await HoldAsync(id, [.. lines.Select(line => line with { Amount = 30 })]);
        await ChargeAsync(new ChargeLine(Line(100, subject: "ada"), 50));

        Assert.Equal(3, await Ledger.ResetAsync([.. lines, Line(100, name: "not there")], Stop));
        foreach (var line in lines)
        {
            var state = await StateAsync(line);
            Assert.Equal((0, 0, 30, 0), (state.Used, state.UsedPico, state.Held, state.Warned));
            Assert.True(await Ledger.ClaimWarningAsync(line, 80, Stop));
        }

        Assert.Equal((50, 0), await StandsAsync(Line(100, subject: "ada")));
        await SettleAsync(id, [.. lines.Select(line => new ChargeLine(line, 25))]);
        foreach (var line in lines)
        {
            Assert.Equal((25, 0), await StandsAsync(line));
        }
    }

    [Fact]
    public async Task Session_that_is_reset_begins_anew()
    {
        var line = Line(1, 1, span: new LedgerSpan(SpanKind.SessionAge));
        var first = await HoldAsync(line);
        await PassAsync(first.Now + 1_000);
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(line)).Status);

        Assert.Equal(1, await Ledger.ResetAsync([line], Stop));

        Assert.Equal(LedgerStatus.Done, (await HoldAsync(line)).Status);
    }

    [Fact]
    public async Task Deleted_counter_is_gone_whole_and_begins_anew_with_what_its_holds_used()
    {
        var id = Guid.NewGuid();
        await ChargeAsync(new ChargeLine(Line(100, subject: "ada"), 50));
        await HoldAsync(id, Line(100, 40, subject: "ada"), Line(100, 40));

        Assert.Equal(1, await Ledger.DeleteAsync([Line(1, subject: "ada").Counter, Line(1, subject: "nobody").Counter], Stop));

        Assert.Equal((0, 0), await StandsAsync(Line(100, subject: "ada")));
        Assert.Equal((0, 40), await StandsAsync(Line(100)));
        Assert.Equal([""], await Ledger.SubjectsAsync("a|tokens|w", 10, Stop));
        await HoldAsync(Line(100, 30, subject: "ada"));
        await SettleAsync(id, new ChargeLine(Line(100, subject: "ada"), 5), new ChargeLine(Line(100), 5));
        Assert.Equal((5, 30), await StandsAsync(Line(100, subject: "ada")));
        Assert.Equal((5, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Deleted_counter_owes_nothing_to_a_hold_that_passes_its_deadline()
    {
        var held = await HoldAsync(Guid.NewGuid(), 50, Line(100, 40));
        await Ledger.DeleteAsync([Line(1).Counter], Stop);
        await HoldAsync(Line(100, 30));
        await PassAsync(held.Now + 50);

        Assert.Equal((0, 30), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Subjects_are_those_of_the_series_and_no_more_than_asked_for()
    {
        foreach (var subject in new[] { "", "ada", "bob", "ada/gpt-5" })
        {
            await ChargeAsync(new ChargeLine(Line(100, subject: subject), 1));
            await ChargeAsync(new ChargeLine(Line(100, name: "ab", subject: "other"), 1));
        }

        Assert.Equal(["", "ada", "ada/gpt-5", "bob"], (await Ledger.SubjectsAsync("a|tokens|w", 100, Stop)).Order(StringComparer.Ordinal));
        Assert.Equal(3, (await Ledger.SubjectsAsync("a|tokens|w", 3, Stop)).Distinct().Count());
        Assert.Empty(await Ledger.SubjectsAsync("c|tokens|w", 100, Stop));
    }

    [Fact]
    public async Task Announced_limits_are_read_as_they_were_said_last()
    {
        Assert.Empty(await Ledger.AnnouncedAsync(Stop));
        await Ledger.AnnounceAsync(new Dictionary<string, string> { ["a"] = "{\"x\":1}", ["b"] = "Zoë\n\0|" }, Stop);
        await Ledger.AnnounceAsync(new Dictionary<string, string> { ["a"] = "{}", ["b"] = "Zoë\n\0|" }, Stop);

        Assert.Equal([("a", "{}"), ("b", "Zoë\n\0|")], (await Ledger.AnnouncedAsync(Stop)).Select(said => (said.Key, said.Value)).Order());
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Whatever_a_subject_is_called_it_has_its_own_and_comes_back_as_it_was(string subject)
    {
        var (line, id) = (Line(100, 60, subject: subject), Guid.NewGuid());
        await ChargeAsync(new ChargeLine(Line(100, subject: subject + "x"), 3), new ChargeLine(Line(100, subject: "x" + subject), 4));
        await HoldAsync(id, line);
        Assert.Equal((0, 60), await StandsAsync(line));
        await SettleAsync(id, new ChargeLine(line, 25));
        Assert.Equal((25, 0), await StandsAsync(line));
        Assert.Equal(new[] { subject, subject + "x", "x" + subject }.Distinct().Order(StringComparer.Ordinal), (await Ledger.SubjectsAsync("a|tokens|w", 10, Stop)).Order(StringComparer.Ordinal));

        await Ledger.SetOverrideAsync("a", subject, new(5), Stop);
        Assert.Equal((5, 100), ((await StateAsync(line)).Limit, (await StateAsync(Line(100, subject: subject + "x"))).Limit));
        Assert.Equal(("a", subject, new LedgerOverride(5)), Assert.Single(await Ledger.OverridesAsync(Stop)));
        Assert.True(await Ledger.ClaimWarningAsync(line, 80, Stop));
        Assert.Equal(1, await Ledger.ResetAsync([line], Stop));
        Assert.Equal(1, await Ledger.DeleteAsync([line.Counter], Stop));
        Assert.DoesNotContain(subject, await Ledger.SubjectsAsync("a|tokens|w", 10, Stop));
    }
    [Fact]
    public async Task Subjects_that_are_no_text_are_told_apart_too()
    {
        // Half of a character each, which UTF-8 cannot say.
        string[] subjects = ["\uD800", "\uDC00", "\uFFFD"];
        var ids = Array.ConvertAll(subjects, _ => Guid.NewGuid());
        for (var i = 0; i < subjects.Length; i++)
        {
            await HoldAsync(ids[i], Line(100, 60, subject: subjects[i]));
            await Ledger.SetOverrideAsync("a", subjects[i], new(200 + i), Stop);
        }

        Assert.Equal(subjects, (await Ledger.SubjectsAsync("a|tokens|w", 10, Stop)).Order(StringComparer.Ordinal));
        Assert.Equal(1, await Ledger.DeleteAsync([Line(100, subject: subjects[0]).Counter], Stop));
        for (var i = 0; i < subjects.Length; i++)
        {
            await SettleAsync(ids[i], new ChargeLine(Line(100, subject: subjects[i]), i));
            Assert.Equal(new LineState(200 + i, i, 0, 0, 0, false, null, Day.End), await StateAsync(Line(100, subject: subjects[i])));
        }
    }
}
