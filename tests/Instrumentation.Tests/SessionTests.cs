using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>
/// Prices, USD per million: gpt-realtime text 4, out 16, audio 32, out 64; gpt-4o-mini 0.15 and 0.60; gpt-realtime-whisper 1.02 an hour; grok-4.3 x_search 5
/// a thousand.
/// </summary>
public sealed class SessionTests : IDisposable
{
    private readonly TrackedCalls _calls = new();

    [Fact]
    public void Additions_are_booked_at_once_under_the_sessions_id_and_are_one_call_together()
    {
        using var session = Start("gpt-4o-mini", o => o.Id = "s1");

        session.AddTokens(Tokens(1_000, 200)); // 150 + 120 = 270 per million
        session.AddTokens(Tokens(2_000, 0)); // 300

        Assert.Equal([(1L, 0.00027m), (0L, 0.0003m)], _calls.Events.Select(e => (e.Calls, e.Cost.Amount)));
        Assert.All(_calls.Events, e => Assert.Equal(("s1", "session", "openai", "gpt-4o-mini", CostQuality.Reported), (e.Attribution.Session, e.Operation, e.Provider, e.Model, e.Quality)));
        Assert.Equal((0.00057m, 3_000L, 200L, 3_200L), (session.Totals!.Cost, session.Totals.InputTokens, session.Totals.OutputTokens, session.Totals.TotalTokens));
    }

    [Fact]
    public void End_books_the_duration_once_and_no_second_call()
    {
        var session = Start("gpt-4o-mini");
        session.AddTokens(Tokens(1_000, 0));
        _calls.Time.Advance(TimeSpan.FromMinutes(5));

        session.End();
        session.Dispose();
        session.End(CallOutcome.Failed);

        var end = _calls.Events[^1];
        Assert.Equal(2, _calls.Events.Length);
        Assert.Equal((0L, TimeSpan.FromMinutes(5), CallOutcome.Completed, false, CostQuality.Reported), (end.Calls, end.Duration, end.Outcome, end.HasUsage, end.Quality));
        Assert.Equal((TimeSpan.FromMinutes(5), CallOutcome.Completed), (session.Totals!.Duration, session.Totals.Outcome));
        Assert.Equal([300.0], _calls.Measurements.Of(Metrics.SessionDuration).Select(m => m.Value));
        Assert.Equal([300.0], _calls.Measurements.Of(GenAi.OperationDuration).Select(m => m.Value));
        Assert.Equal(1, _calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
    }

    [Fact]
    public void Session_in_which_nothing_was_used_is_a_call_without_usage()
    {
        var session = Start("gpt-4o-mini");
        Assert.Equal(0m, session.Totals!.Cost);

        session.Dispose();

        Assert.Equal((1L, CostQuality.Unmeasured, false), (_calls.Event.Calls, _calls.Event.Quality, _calls.Event.HasUsage));
    }

    [Fact]
    public void Failed_session_says_what_failed()
    {
        var session = Start("gpt-4o-mini");

        session.End(CallOutcome.Failed, new TimeoutException());

        Assert.Equal((CallOutcome.Failed, "timeout"), (_calls.Event.Outcome, _calls.Event.ErrorType));
    }

    [Fact]
    public void Session_that_ends_with_an_error_failed_and_a_failed_one_always_says_so()
    {
        Start("gpt-4o-mini").End(error: new TimeoutException());
        Start("gpt-4o-mini").End(CallOutcome.Failed);
        Start("gpt-4o-mini").End();

        Assert.Equal(
            [(CallOutcome.Failed, "timeout"), (CallOutcome.Failed, Placeholders.OtherError), (CallOutcome.Completed, null)],
            _calls.Events.Select(e => (e.Outcome, e.ErrorType)));
    }

    [Fact]
    public void Names_of_sessions_on_metrics_are_bounded()
    {
        for (var i = 0; i < 300; i++)
        {
            Start($"model-{i}", o => o.Operation = $"operation-{i}", $"provider-{i}").End();
        }

        var tags = _calls.Measurements.Of(Metrics.SessionDuration).Select(m => m.Tags).ToArray();
        Assert.Equal([201, 201, 201], new[] { GenAi.OperationName, GenAi.ProviderName, GenAi.RequestModel }.Select(name => tags.Select(t => t[name]).Distinct().Count()));
    }

    [Fact]
    public void Parts_of_seconds_wait_until_they_are_whole_and_a_started_one_counts_at_the_end()
    {
        var session = Start("gpt-realtime-whisper");
        for (var i = 0; i < 25; i++)
        {
            session.AddInputAudio(TimeSpan.FromMilliseconds(100), bytes: 4_800);
        }

        Assert.Equal([1L, 1L], _calls.Events.Select(e => e.Usage[UsageBucket.InputAudioSecond]));
        Assert.Equal((TimeSpan.FromSeconds(2.5), 120_000L), (session.Totals!.InputAudio, session.Totals.InputAudioBytes));

        session.End();

        Assert.Equal(3, session.Totals.Usage[UsageBucket.InputAudioSecond]);
        Assert.Equal(0.00085m, session.Totals.Cost); // 3 s x 1.02 / 3,600, as CostCalculator has it:
        Assert.Equal(new CostCalculator().Session("openai", "gpt-realtime-whisper", default, TimeSpan.FromSeconds(2.5), when: _calls.Time.GetUtcNow())!.Total, session.Totals.Cost);
        Assert.Equal(session.Totals.Cost, _calls.Events.Where(e => e.HasCost).Sum(e => e.Cost.Amount));
    }

    // A second is 283,333,333.33 pico-USD: rounded each time, a minute would be 20 short.
    [Fact]
    public void Seconds_booked_one_by_one_cost_exactly_what_they_cost_together()
    {
        var session = Start("gpt-realtime-whisper");
        for (var i = 0; i < 60; i++)
        {
            session.AddInputAudio(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0.017m, session.Totals!.Cost);
        Assert.Equal(0.017m, _calls.Events.Sum(e => e.Cost.Amount));
    }

    [Fact]
    public void Both_directions_of_audio_have_buckets_of_their_own()
    {
        using var session = Start("gpt-realtime-translate"); // 2.04 an hour each

        session.AddInputAudio(TimeSpan.FromMinutes(1));
        session.AddOutputAudio(TimeSpan.FromMinutes(2), bytes: 7);

        Assert.Equal((60L, 120L), (session.Totals!.Usage[UsageBucket.InputAudioSecond], session.Totals.Usage[UsageBucket.AudioSecond]));
        Assert.Equal((0.102m, TimeSpan.FromMinutes(2), 7L), (session.Totals.Cost, session.Totals.OutputAudio, session.Totals.OutputAudioBytes));
    }

    [Fact]
    public void Audio_of_a_model_that_charges_it_by_the_token_costs_what_the_tokens_do()
    {
        using var session = Start("gpt-realtime");

        session.AddInputAudio(TimeSpan.FromSeconds(10));
        Assert.Null(session.Totals!.Cost); // Not 0: the tokens are still to come.
        session.AddTokens(new CallUsage { [UsageBucket.InputAudio] = 100, [UsageBucket.OutputAudio] = 300 }); // 3,200 + 19,200 per million

        Assert.Equal(0.0224m, session.Totals.Cost);
        Assert.Equal([(0L, false), (1L, true)], _calls.Events.Select(e => (e.Calls, e.HasCost)));
    }

    [Fact]
    public void Audio_that_the_model_has_no_price_for_makes_the_cost_unknown_not_0()
    {
        using var session = Start("gpt-4o-mini");

        session.AddTokens(Tokens(1_000, 200));
        session.AddInputAudio(TimeSpan.FromSeconds(10));

        Assert.Equal(((decimal?)null, 0.00027m), (session.Totals!.Cost, session.Totals.Priced));
        Assert.Equal([CostQuality.Reported, CostQuality.Unpriced], _calls.Events.Select(e => e.Quality));
    }

    [Fact]
    public void Session_of_an_unknown_model_is_counted_and_has_no_cost()
    {
        using var session = Start("gpt-unheard-of");
        Assert.Null(session.Totals!.Cost);

        session.AddTokens(Tokens(10, 1));

        Assert.Equal(((decimal?)null, 11L), (session.Totals.Cost, session.Totals.TotalTokens));
        Assert.Equal((1L, CostQuality.Unpriced), (_calls.Event.Calls, _calls.Event.Quality));
    }

    [Fact]
    public void Own_tools_cost_their_tokens_alone()
    {
        using var session = Start("gpt-4o-mini");

        session.AddToolCall("find_order", tokens: Tokens(1_000, 200));
        session.AddToolCall("find_order", calls: 2);
        session.AddToolCall("send_mail");

        Assert.Equal(0.00027m, session.Totals!.Cost);
        Assert.Equal(new UsageSessionTotals.Tool(3, 1_000, 200), session.Totals.ToolCalls["find_order"]);
        Assert.Equal(new UsageSessionTotals.Tool(1, 0, 0), session.Totals.ToolCalls["send_mail"]);
        Assert.Equal((1_000L, 200L), (session.Totals.InputTokens, session.Totals.OutputTokens));
        Assert.Equal([("find_order", 3.0), ("send_mail", 1.0)], _calls.Measurements.Of(Metrics.SessionToolCalls).GroupBy(m => (string)m.Tags[GenAi.ToolName]!).Select(g => (g.Key, g.Sum(m => m.Value))));
    }

    [Fact]
    public void Tools_that_the_model_has_a_price_for_are_charged_by_name()
    {
        using var session = Start("grok-4.3", provider: "x_ai");

        session.AddToolCall("x_search", calls: 2); // 5 a thousand
        session.AddToolCall("web_search"); // 5 a thousand

        Assert.Equal(0.015m, session.Totals!.Cost);
        Assert.Equal(new UsageKind(UsageBucket.ToolCall, "x_search", 2), Assert.Single(session.Totals.Usage.Kinds.ToArray()));
        Assert.Equal(1, session.Totals.Usage[UsageBucket.WebSearch]);
    }

    [Fact]
    public void Providers_tool_without_a_price_makes_the_cost_unknown()
    {
        using var session = Start("gpt-4o-mini");

        session.AddToolCall("mystery", tokens: Tokens(1_000, 200), isProviders: true);

        Assert.Equal(((decimal?)null, 0.00027m, 1L), (session.Totals!.Cost, session.Totals.Priced, session.Totals.Usage[UsageBucket.ToolCall]));
    }

    // sonar: 1 a million in and out, and 5 a thousand requests (docs/prices.md): a session pays for the requests it reports, and for one at least.
    [Fact]
    public void Fee_for_each_request_is_paid_once_for_a_session_that_reports_none()
    {
        using var session = Start("sonar", provider: "perplexity");
        var when = _calls.Time.GetUtcNow();
        Assert.True(PriceBook.Embedded.TryQuote("perplexity", "sonar", Tokens(3_000, 300), when, null, null, out var whole) && whole[UsageBucket.Request] > 0);

        session.AddTokens(Tokens(1_000, 100));
        session.AddTokens(Tokens(2_000, 200));

        Assert.Equal(whole.Amount, session.Totals!.Cost);
    }

    [Fact]
    public void Context_tiers_do_not_see_the_sum_of_a_session()
    {
        using var session = Start("grok-4.3", provider: "x_ai"); // 1.25 a million; 2.50 from 200,000 input tokens in one request

        session.AddTokens(Tokens(150_000, 0));
        session.AddTokens(Tokens(150_000, 0));

        Assert.Equal(0.375m, session.Totals!.Cost);
    }

    [Fact]
    public void Each_addition_is_priced_at_its_own_time()
    {
        using var session = Start("deepseek-v4-pro", o => o.IdleTimeout = Timeout.InfiniteTimeSpan, "deepseek"); // It is Sunday, 12:00 UTC: 0.66 a million.

        session.AddTokens(Tokens(1_000_000, 0));
        _calls.Time.Advance(TimeSpan.FromHours(14)); // To 02:00, when a million costs the peak price of 1.32.
        session.AddTokens(Tokens(1_000_000, 0));

        Assert.Equal([0.66m, 1.32m], _calls.Events.Select(e => e.Cost.Amount));
        Assert.Equal(1.98m, session.Totals!.Cost);
    }

    [Fact]
    public void Without_live_totals_all_is_booked_at_the_end_as_it_was_priced_when_added()
    {
        var session = Start("deepseek-v4-pro", o => (o.LiveTotals, o.IdleTimeout) = (false, Timeout.InfiniteTimeSpan), "deepseek");
        session.AddTokens(Tokens(1_000_000, 0));
        _calls.Time.Advance(TimeSpan.FromHours(14));
        session.AddTokens(Tokens(1_000_000, 0));

        Assert.Null(session.Totals);
        Assert.Empty(_calls.Events);

        session.End();

        Assert.Equal((1L, 2_000_000L, 1.98m, TimeSpan.FromHours(14), CostQuality.Reported), (_calls.Event.Calls, _calls.Event.Usage.InputTokens, _calls.Event.Cost.Amount, _calls.Event.Duration, _calls.Event.Quality));
        Assert.Equal(1.98m, session.Totals!.Cost);
    }

    [Fact]
    public void Without_live_totals_what_has_no_price_is_booked_beside_what_has_one()
    {
        var session = Start("gpt-4o-mini", o => o.LiveTotals = false);
        session.AddTokens(Tokens(1_000, 200));
        session.AddInputAudio(TimeSpan.FromSeconds(1.5));

        session.End();

        Assert.Equal([(1L, true), (0L, false)], _calls.Events.Select(e => (e.Calls, e.HasCost)));
        Assert.Equal(2, _calls.Events[1].Usage[UsageBucket.InputAudioSecond]);
    }

    [Fact]
    public void Session_left_open_ends_abandoned_after_its_idle_time_and_lasts_until_its_last_activity()
    {
        var session = Start("gpt-4o-mini");
        _calls.Time.Advance(TimeSpan.FromMinutes(20));
        session.AddTokens(Tokens(1_000, 0));
        _calls.Time.Advance(TimeSpan.FromMinutes(29));
        Assert.Null(session.Totals!.Outcome);

        _calls.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal((CallOutcome.Abandoned, TimeSpan.FromMinutes(20)), (session.Totals.Outcome, session.Totals.Duration));
        Assert.Equal((CallOutcome.Abandoned, TimeSpan.FromMinutes(20)), (_calls.Events[^1].Outcome, _calls.Events[^1].Duration));
    }

    [Fact]
    public void Session_without_an_idle_time_stays_open()
    {
        using var session = Start("gpt-4o-mini", o => o.IdleTimeout = Timeout.InfiniteTimeSpan);

        _calls.Time.Advance(TimeSpan.FromDays(100));

        Assert.Null(session.Totals!.Outcome);
    }

    [Fact]
    public void What_is_added_after_the_end_changes_nothing_and_is_reported()
    {
        var session = Start("gpt-4o-mini");
        session.End();
        var events = _calls.Events.Length;

        session.AddTokens(Tokens(1, 1));
        session.AddInputAudio(TimeSpan.FromSeconds(1));
        session.AddToolCall("late");

        Assert.Equal((events, 0L), (_calls.Events.Length, session.Totals!.TotalTokens));
        Assert.Empty(session.Totals.ToolCalls);
        Assert.Equal(3, _calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value));
    }

    [Fact]
    public async Task Additions_of_many_threads_are_all_counted()
    {
        var session = Start("gpt-realtime-whisper");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            () =>
            {
                for (var i = 0; i < 500; i++)
                {
                    session.AddTokens(Tokens(3, 1));
                    session.AddToolCall("t");
                    session.AddInputAudio(TimeSpan.FromMilliseconds(250));
                }
            },
            TestContext.Current.CancellationToken)));
        session.End();

        Assert.Equal((12_000L, 4_000L, 1_000L, 4_000L), (session.Totals!.InputTokens, session.Totals.OutputTokens, session.Totals.Usage[UsageBucket.InputAudioSecond], session.Totals.ToolCalls["t"].Calls));
        Assert.Equal((12_000L, 1_000L, 1L), (_calls.Events.Sum(e => e.HasUsage ? e.Usage.InputTokens : 0), _calls.Events.Sum(e => e.HasUsage ? e.Usage[UsageBucket.InputAudioSecond] : 0), _calls.Events.Sum(e => e.Calls)));
    }

    [Fact]
    public void Session_keeps_the_attribution_of_the_scope_it_was_started_in()
    {
        var tags = new Dictionary<string, string> { ["plan"] = "gold" };
        UsageSession session;
        using (UsageScope.Begin(user: "ada", tenant: "acme", session: "from-scope"))
        {
            session = Start("gpt-4o-mini", o => o.Attribution = new Attribution(Tenant: "other", Tags: tags));
        }

        tags["plan"] = "changed";
        using (UsageScope.Begin(user: "bob"))
        {
            session.AddTokens(Tokens(1, 1));
        }

        Assert.Equal(("ada", "other", "from-scope", "gold"), (_calls.Event.Attribution.User, _calls.Event.Attribution.Tenant, _calls.Event.Attribution.Session, _calls.Event.Attribution.Tags!["plan"]));
        Assert.Equal("from-scope", session.Id);
    }

    [Fact]
    public void Sessions_without_an_id_have_one_each()
    {
        var (one, other) = (Start("gpt-4o-mini"), Start("gpt-4o-mini"));

        Assert.NotEqual(one.Id, other.Id);
        Assert.NotEmpty(one.Id);
    }

    [Fact]
    public void Charge_is_booked_with_each_part()
    {
        using var session = Start("gpt-4o-mini", o => o.Tracking.Markup = new MarkupRules { Providers = new Dictionary<string, decimal> { ["openai"] = 50 } });

        session.AddTokens(Tokens(1_000, 200));

        Assert.Equal(405_000_000, _calls.Event.ChargePico); // 0.00027 and half of it
    }

    [Fact]
    public void Where_tracking_is_off_nothing_is_counted()
    {
        var session = Start("gpt-4o-mini", o => o.Tracking.Enabled = false);

        session.AddTokens(Tokens(1, 1));
        session.End();

        Assert.Empty(_calls.Events);
        Assert.Equal(0, session.Totals!.TotalTokens);
    }

    [Fact]
    public void Bad_input_gets_an_error_and_changes_nothing()
    {
        using var session = Start("gpt-4o-mini");

        Assert.Throws<ArgumentOutOfRangeException>("duration", () => session.AddInputAudio(TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>("bytes", () => session.AddOutputAudio(TimeSpan.Zero, -1));
        Assert.Throws<ArgumentException>("name", () => session.AddToolCall(" "));
        Assert.Throws<ArgumentOutOfRangeException>("calls", () => session.AddToolCall("t", -1));
        Assert.Throws<ArgumentOutOfRangeException>("outcome", () => session.End((CallOutcome)99));
        Assert.Throws<ArgumentOutOfRangeException>("value", () => new UsageSessionOptions { IdleTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>("value", () => new UsageSessionOptions { IdleTimeout = TimeSpan.FromDays(50) });
        Assert.Throws<ArgumentException>("value", () => new UsageSessionOptions { Operation = "" });
        Assert.Empty(_calls.Events);
        Assert.Empty(session.Totals!.ToolCalls);
    }

    [Fact]
    public void Counts_beyond_belief_are_reported_and_the_session_goes_on()
    {
        using var session = Start("gpt-4o-mini");
        session.AddTokens(Tokens(long.MaxValue, 0));

        session.AddTokens(Tokens(1, 0));
        session.AddTokens(Tokens(0, 7));

        Assert.Equal((long.MaxValue, 7L), (session.Totals!.InputTokens, session.Totals.OutputTokens));
        Assert.True(_calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value) >= 1);
    }

    [Theory]
    [InlineData(48_000, 24_000, 16, 1, 1.0)]
    [InlineData(176_400, 44_100, 16, 2, 1.0)]
    [InlineData(960, 24_000, 16, 1, 0.02)]
    [InlineData(8_000, 8_000, 8, 1, 1.0)]
    [InlineData(0, 8_000, 8, 1, 0.0)]
    public void Raw_audio_plays_as_long_as_its_samples(long bytes, int rate, int bits, int channels, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), UsageSession.PcmDuration(bytes, rate, bits, channels));

    [Fact]
    public void Raw_audio_without_a_format_has_no_duration()
    {
        Assert.Throws<ArgumentOutOfRangeException>("sampleRate", () => UsageSession.PcmDuration(1, 0));
        Assert.Throws<ArgumentOutOfRangeException>("bytes", () => UsageSession.PcmDuration(-1, 8_000));
        Assert.Throws<OverflowException>(() => UsageSession.PcmDuration(long.MaxValue, 1, 8));
    }

    [Fact]
    public void Public_door_books_to_the_hub_it_is_given()
    {
        var hub = new UsageHub();
        hub.Subscribe(_calls);

        using (var session = UsageSession.Start("OpenAI", "gpt-4o-mini", o => o.Tracking.Hub = hub))
        {
            session.AddTokens(Tokens(1, 1));
        }

        Assert.Equal(["openai", "openai"], _calls.Events.Select(e => e.Provider));
    }

    public void Dispose() => _calls.Dispose();

    private static CallUsage Tokens(long input, long output) => new() { [UsageBucket.Input] = input, [UsageBucket.Output] = output };

    private UsageSession Start(string model, Action<UsageSessionOptions>? configure = null, string provider = "openai")
    {
        var options = new UsageSessionOptions { Tracking = new UsageTrackingOptions { Hub = _calls.Hub, TimeProvider = _calls.Time } };
        configure?.Invoke(options);
        return new UsageSession(new SessionRecorder(CallSource.Of(provider, null, model), options.Tracking, _calls.Instruments), model, options);
    }
}
