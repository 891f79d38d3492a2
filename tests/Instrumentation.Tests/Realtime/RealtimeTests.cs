#pragma warning disable MEAI001 // Realtime is still marked as experimental.
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>
/// Prices, USD per million, gpt-realtime: text 4, cached 0.40, out 16; audio 32, cached 0.40, out 64; gpt-realtime-mini text 0.60, audio 10, out 20;
/// gpt-4o-transcribe audio 6, out 10; whisper-1 0.36 an hour.
/// </summary>
public sealed class RealtimeTests : IDisposable
{
    // Input 132 = 119 text + 13 audio, of which 60 and 4 cached: text 59 x 4 = 236, cached 64 x 0.40 = 25.6, audio 9 x 32 = 288;
    // output text 30 x 16 = 480, audio 91 x 64 = 5,824. Together 6,853.6.
    private const string DoneA = """
        {"type":"response.done","event_id":"event_3","response":{"id":"resp_a","object":"realtime.response","conversation_id":"conv_1","status":"completed","output":[],
         "usage":{"total_tokens":253,"input_tokens":132,"output_tokens":121,
          "input_token_details":{"text_tokens":119,"audio_tokens":13,"image_tokens":0,"cached_tokens":64,"cached_tokens_details":{"text_tokens":60,"audio_tokens":4,"image_tokens":0}},
          "output_token_details":{"text_tokens":30,"audio_tokens":91}}}}
        """;

    // Text 150, audio 50 in, audio 100 out: 150 x 4 + 50 x 32 + 100 x 64 = 8,600.
    private const string DoneB = """
        {"type":"response.done","event_id":"event_4","response":{"id":"resp_b","object":"realtime.response","status":"completed","output":[],
         "usage":{"total_tokens":300,"input_tokens":200,"output_tokens":100,
          "input_token_details":{"text_tokens":150,"audio_tokens":50,"image_tokens":0,"cached_tokens":0,"cached_tokens_details":{"text_tokens":0,"audio_tokens":0,"image_tokens":0}},
          "output_token_details":{"text_tokens":0,"audio_tokens":100}}}}
        """;

    private const string SessionCreated = """
        {"type":"session.created","event_id":"event_1","session":{"type":"realtime","id":"sess_1","object":"realtime.session","model":"gpt-realtime",
         "audio":{"input":{"transcription":{"model":"gpt-4o-transcribe"}}}}}
        """;

    private readonly TrackedCalls _calls = new();

    [Fact]
    public async Task Response_is_one_call_with_disjoint_buckets_priced_exactly()
    {
        await ReadAsync(new RealtimeLike(RealtimeWireLike.Raw(SessionCreated), RealtimeWireLike.Created("resp_a"), RealtimeWireLike.Done(DoneA)));

        var call = _calls.Event;
        Assert.Equal(("chat", "openai", "gpt-realtime", "resp_a", "sess_1", "conv_1"), (call.Operation, call.Provider, call.Model, call.ResponseId, call.Attribution.Session, call.Attribution.Conversation));
        AssertA(in call);
        Assert.Equal((CallOutcome.Completed, CostQuality.Reported, false), (call.Outcome, call.Quality, call.UsageInconsistent));
        Assert.Equal([132.0, 121.0], _calls.Measurements.Of(GenAi.TokenUsage).Select(m => m.Value));
        Assert.Equal(253, _calls.Measurements.Of(Metrics.UsageTokens).Sum(m => m.Value));
        Assert.Equal(("chat gpt-realtime", 132L, 64L), (_calls.Span.DisplayName, _calls.Span.GetTagItem(GenAi.UsageInputTokens), _calls.Span.GetTagItem(GenAi.UsageCacheReadInputTokens)));
    }

    [Theory]
    [InlineData("element")]
    [InlineData("document")]
    [InlineData("node")]
    [InlineData("text")]
    [InlineData("data")]
    [InlineData("sdk")]
    public async Task Cached_audio_is_read_from_what_came_over_the_wire(string form)
    {
        object? raw = form switch
        {
            "element" => JsonElement.Parse(DoneA),
            "document" => JsonDocument.Parse(DoneA),
            "node" => JsonNode.Parse(DoneA),
            "text" => DoneA,
            "data" => BinaryData.FromString(DoneA),
            _ => null, // RealtimeWireLike's own
        };

        await ReadAsync(new RealtimeLike(RealtimeWireLike.Done(DoneA, raw)));

        var call = _calls.Event;
        AssertA(in call);
    }

    [Theory]
    [InlineData("no JSON")]
    [InlineData("[]")]
    [InlineData("""{"response":7}""")]
    public async Task What_cannot_be_read_leaves_the_messages_own_counts(string raw)
    {
        await ReadAsync(new RealtimeLike(RealtimeWireLike.Done(DoneB, raw)));

        Assert.Equal(0.0086m, _calls.Event.Cost.Amount);
    }

    [Fact]
    public async Task Messages_pass_unchanged_in_order_and_as_often_as_they_are_asked_for()
    {
        RealtimeServerMessage[] messages = [RealtimeWireLike.Raw(SessionCreated), RealtimeWireLike.Created("resp_a"), RealtimeWireLike.Done(DoneA), new ErrorRealtimeServerMessage { Error = new ErrorContent("no") }];
        var client = new RealtimeLike(messages);
        await using var session = await Track(client).CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken);
        var sent = new InputAudioBufferCommitRealtimeClientMessage();

        await session.SendAsync(sent, TestContext.Current.CancellationToken);
        var first = await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        var second = await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(messages, first);
        Assert.Equal(messages, second);
        Assert.Same(sent, Assert.Single(client.Session.Sent));
        Assert.Equal("resp_a", _calls.Event.ResponseId); // The same response seen again is no second one.
    }

    [Fact]
    public async Task Transcription_is_a_call_of_its_own_at_its_own_models_price()
    {
        await ReadAsync(new RealtimeLike(
            RealtimeWireLike.Raw(SessionCreated),
            RealtimeWireLike.Transcribed("item_1", """{"type":"tokens","total_tokens":22,"input_tokens":13,"input_token_details":{"text_tokens":0,"audio_tokens":13},"output_tokens":9}"""),
            RealtimeWireLike.Done(DoneB)));

        var (said, answered) = (_calls.Events[0], _calls.Events[1]);
        Assert.Equal(("generate_content", "gpt-4o-transcribe", 0.000168m, "sess_1"), (said.Operation, said.Model, said.Cost.Amount, said.Attribution.Session)); // 13 x 6 + 9 x 10
        Assert.Equal(("chat", "gpt-realtime", 0.0086m), (answered.Operation, answered.Model, answered.Cost.Amount));
    }

    [Fact]
    public async Task Transcription_by_time_costs_its_seconds()
    {
        await ReadAsync(
            new RealtimeLike(RealtimeWireLike.Transcribed("item_1", """{"type":"duration","seconds":7}""")),
            new RealtimeSessionOptions { TranscriptionOptions = new TranscriptionOptions { ModelId = "whisper-1" } });

        Assert.Equal((7L, 0.0007m), (_calls.Event.Usage[UsageBucket.InputAudioSecond], _calls.Event.Cost.Amount));
    }

    [Fact]
    public async Task Transcription_by_time_costs_its_seconds_also_where_the_client_gives_counts_without_a_number()
    {
        var said = (InputAudioTranscriptionRealtimeServerMessage)RealtimeWireLike.Transcribed("item_1", """{"type":"duration","seconds":9}""");
        said.Usage = new UsageDetails();

        await ReadAsync(new RealtimeLike(said), new RealtimeSessionOptions { TranscriptionOptions = new() { ModelId = "whisper-1" } });

        Assert.Equal((9L, 0.0009m), (_calls.Event.Usage[UsageBucket.InputAudioSecond], _calls.Event.Cost.Amount)); // 0.36 an hour
    }

    [Fact]
    public async Task Transcription_by_an_unknown_model_is_not_priced_as_the_one_that_answers()
    {
        await ReadAsync(new RealtimeLike(RealtimeWireLike.Transcribed("item_1", """{"type":"tokens","total_tokens":22,"input_tokens":13,"output_tokens":9}""")));

        Assert.Equal(((string?)null, CostQuality.Unpriced), (_calls.Event.Model, _calls.Event.Quality));
    }

    [Fact]
    public async Task Failed_transcription_is_a_failed_call()
    {
        await ReadAsync(new RealtimeLike(new InputAudioTranscriptionRealtimeServerMessage(RealtimeServerMessageType.InputAudioTranscriptionFailed)
        {
            ItemId = "item_1",
            Error = new ErrorContent("what was said") { ErrorCode = "audio_unintelligible" },
        }));

        Assert.Equal((CallOutcome.Failed, "audio_unintelligible", CostQuality.Unmeasured), (_calls.Event.Outcome, _calls.Event.ErrorType, _calls.Event.Quality));
    }

    [Theory]
    [InlineData("cancelled", CallOutcome.Cancelled, null)]
    [InlineData("incomplete", CallOutcome.Completed, null)]
    [InlineData("failed", CallOutcome.Failed, "rate_limit_exceeded")]
    public async Task Response_that_did_not_complete_costs_what_the_provider_says(string status, CallOutcome expected, string? error)
    {
        var json = DoneB.Replace("\"completed\"", $"\"{status}\"", StringComparison.Ordinal);
        var done = RealtimeWireLike.Done(json);
        done.Error = error is null ? null : new ErrorContent("the prompt") { ErrorCode = error };

        await ReadAsync(new RealtimeLike(done));

        Assert.Equal((expected, error, 0.0086m, CostQuality.Reported), (_calls.Event.Outcome, _calls.Event.ErrorType, _calls.Event.Cost.Amount, _calls.Event.Quality));
        Assert.Equal(error is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error, _calls.Span.Status);
    }

    [Fact]
    public async Task Failed_response_without_usage_is_unmeasured()
    {
        await ReadAsync(new RealtimeLike(RealtimeWireLike.Done(
            """{"type":"response.done","event_id":"e","response":{"id":"resp_f","object":"realtime.response","status":"failed","status_details":{"type":"failed","error":{"type":"server_error","code":"boom"}},"output":[],"usage":null}}""")));

        Assert.Equal((CallOutcome.Failed, "boom", CostQuality.Unmeasured), (_calls.Event.Outcome, _calls.Event.ErrorType, _calls.Event.Quality));
    }

    [Fact]
    public async Task Duration_is_from_the_responses_start_to_its_end()
    {
        var delta = new OutputTextAudioRealtimeServerMessage(RealtimeServerMessageType.OutputAudioDelta) { ResponseId = "resp_a", Audio = Convert.ToBase64String(new byte[4_800]) };
        var client = new RealtimeLike(RealtimeWireLike.Created("resp_a"), delta, RealtimeWireLike.Done(DoneA));
        client.Session.Before = _ => _calls.Time.Advance(TimeSpan.FromSeconds(2));

        await ReadAsync(client);

        Assert.Equal((TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(2)), (_calls.Event.Duration, _calls.Event.TimeToFirstChunk));
    }

    [Fact]
    public async Task Model_that_is_changed_in_between_prices_what_comes_after()
    {
        await using var session = await Track(new RealtimeLike(RealtimeWireLike.Done(DoneA), RealtimeWireLike.Done(DoneB)))
            .CreateSessionAsync(new RealtimeSessionOptions { Model = "gpt-realtime" }, TestContext.Current.CancellationToken);
        await foreach (var message in session.GetStreamingResponseAsync(TestContext.Current.CancellationToken))
        {
            await session.SendAsync(new SessionUpdateRealtimeClientMessage(new RealtimeSessionOptions { Instructions = "only these" }), TestContext.Current.CancellationToken);
            await session.SendAsync(new SessionUpdateRealtimeClientMessage(new RealtimeSessionOptions { Model = "gpt-realtime-mini" }), TestContext.Current.CancellationToken);
        }

        // 150 x 0.60 + 50 x 10 + 100 x 20 = 2,590
        Assert.Equal([("gpt-realtime", 0.0068536m), ("gpt-realtime-mini", 0.00259m)], _calls.Events.Select(e => (e.Model!, e.Cost.Amount)));
    }

    [Fact]
    public async Task Tools_are_counted_once_by_name_and_totals_run_along()
    {
        var item = new RealtimeConversationItem([new FunctionCallContent("call_1", "find_order")], "item_1");
        var done = RealtimeWireLike.Done(DoneA);
        done.Items = [item];
        await using var session = await Track(new RealtimeLike(
            new ResponseOutputItemRealtimeServerMessage(RealtimeServerMessageType.ResponseOutputItemDone) { Item = item }, done, RealtimeWireLike.Done(DoneB)))
            .CreateSessionAsync(new RealtimeSessionOptions { InputAudioFormat = new RealtimeAudioFormat("audio/pcm", 24_000) }, TestContext.Current.CancellationToken);
        await session.SendAsync(new InputAudioBufferAppendRealtimeClientMessage(new DataContent(new byte[48_000], "audio/pcm")), TestContext.Current.CancellationToken);

        await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        var totals = ((UsageSession)session.GetService(typeof(UsageSession))!).Totals!;
        Assert.Equal((0.0154536m, 332L, 221L), (totals.Cost, totals.InputTokens, totals.OutputTokens));
        Assert.Equal(1, totals.ToolCalls["find_order"].Calls);
        Assert.Equal((TimeSpan.FromSeconds(1), 48_000L), (totals.InputAudio, totals.InputAudioBytes));
        Assert.Equal(["tool_calls"], (string[])_calls.Spans[0].GetTagItem(GenAi.ResponseFinishReasons)!);
        Assert.Equal(["find_order"], _calls.Measurements.Of(Metrics.SessionToolCalls).Select(m => m.Tags[GenAi.ToolName]));
    }

    [Fact]
    public async Task Session_ends_once_when_it_is_disposed()
    {
        var client = new RealtimeLike(RealtimeWireLike.Created("resp_a"));
        var session = await Track(client).CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken);
        await foreach (var message in session.GetStreamingResponseAsync(TestContext.Current.CancellationToken))
        {
            break; // The session goes on.
        }

        Assert.Empty(_calls.Events);
        _calls.Time.Advance(TimeSpan.FromSeconds(90));

        await session.DisposeAsync();
        await session.DisposeAsync();

        Assert.True(client.Session.IsDisposed);
        Assert.Equal((CallOutcome.Abandoned, CostQuality.Unmeasured), (_calls.Event.Outcome, _calls.Event.Quality));
        Assert.Equal([(90.0, "completed")], _calls.Measurements.Of(Metrics.SessionDuration).Select(m => (m.Value, (string)m.Tags[Attributes.Outcome]!)));
    }

    [Fact]
    public async Task Exception_fails_the_response_under_way_and_is_the_callers()
    {
        var client = new RealtimeLike(RealtimeWireLike.Created("resp_a"));
        client.Session.Failure = new TimeoutException();
        await using var session = await Track(client).CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken);

        var thrown = await Assert.ThrowsAsync<TimeoutException>(async () => await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));

        Assert.Same(client.Session.Failure, thrown);
        Assert.Equal((CallOutcome.Failed, "timeout"), (_calls.Event.Outcome, _calls.Event.ErrorType));
    }

    [Fact]
    public async Task Users_cancel_is_no_error()
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await using var session = await Track(new RealtimeLike(RealtimeWireLike.Created("resp_a"), RealtimeWireLike.Done(DoneA))).CreateSessionAsync(cancellationToken: cancel.Token);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var message in session.GetStreamingResponseAsync(cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });

        Assert.Equal((CallOutcome.Cancelled, (string?)null), (_calls.Event.Outcome, _calls.Event.ErrorType));
    }

    [Fact]
    public async Task Users_cancel_is_no_error_however_the_client_wraps_it()
    {
        using var cancel = new CancellationTokenSource();
        var client = new RealtimeLike(RealtimeWireLike.Created("resp_a"));
        client.Session.Failure = new IOException("The socket is closed.", new OperationCanceledException());
        await using var session = await Track(client).CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var message in session.GetStreamingResponseAsync(cancel.Token))
            {
                await cancel.CancelAsync();
            }
        });

        Assert.Equal((CallOutcome.Cancelled, (string?)null), (_calls.Event.Outcome, _calls.Event.ErrorType));
    }

    [Fact]
    public async Task Session_left_open_ends_after_its_idle_time_and_responses_count_all_the_same()
    {
        var session = await Track(new RealtimeLike(RealtimeWireLike.Done(DoneB))).CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken);

        _calls.Time.Advance(TimeSpan.FromMinutes(31));
        Assert.Equal(["abandoned"], _calls.Measurements.Of(Metrics.SessionDuration).Select(m => m.Tags[Attributes.Outcome]));
        await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0.0086m, _calls.Event.Cost.Amount);
        await session.DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Two_trackers_count_once(bool isHidden)
    {
        var provider = new RealtimeLike(RealtimeWireLike.Raw(SessionCreated), RealtimeWireLike.Created("resp_a"), RealtimeWireLike.Done(DoneA), RealtimeWireLike.Done(DoneB));
        var inner = Track(provider);

        await ReadAsync(isHidden ? new HidingRealtime(inner) : inner);

        Assert.Equal([0.0068536m, 0.0086m], _calls.Events.Select(e => e.Cost.Amount));
        Assert.Single(_calls.Measurements.Of(Metrics.SessionDuration));
    }

    [Fact]
    public async Task Session_is_attributed_to_the_scope_it_was_made_in_and_to_the_session_that_it_says()
    {
        IRealtimeClientSession session;
        using (UsageScope.Begin(user: "ada", session: "call-7"))
        {
            session = await Track(new RealtimeLike(RealtimeWireLike.Raw(SessionCreated), RealtimeWireLike.Done(DoneA))).CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken);
        }

        await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        await session.DisposeAsync();

        Assert.Equal(("ada", "call-7"), (_calls.Event.Attribution.User, _calls.Event.Attribution.Session));
    }

    [Fact]
    public async Task Services_pass_through()
    {
        var client = new RealtimeLike();
        using var tracked = Track(client);
        await using var session = await tracked.CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Same(client.Session.Metadata, tracked.GetService(typeof(ChatClientMetadata)));
        Assert.Same(client.Session.Metadata, session.GetService(typeof(ChatClientMetadata)));
        Assert.Same(_calls.Instruments.Source, session.GetService(typeof(ActivitySource)));
        Assert.Same(session, session.GetService(typeof(IRealtimeClientSession)));
        Assert.Null(session.GetService(typeof(UsageSession), "key"));
    }

    [Fact]
    public async Task Where_tracking_is_off_the_session_is_the_providers()
    {
        var client = new RealtimeLike();

        Assert.Same(client.Session, await Track(client, o => o.Enabled = false).CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Message_of_somebodys_own_making_harms_nothing()
    {
        var odd = new ResponseCreatedRealtimeServerMessage(RealtimeServerMessageType.ResponseDone) { Items = [null!], Usage = new UsageDetails { InputTokenCount = -1 } };

        await ReadAsync(new RealtimeLike(odd, RealtimeWireLike.Done(DoneB)));

        Assert.Equal(0.0086m, _calls.Events[^1].Cost.Amount);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Options_that_throw_harm_nothing_and_the_response_counts(bool fromTheStart)
    {
        var client = new RealtimeLike(RealtimeWireLike.Done(DoneB));
        client.Session.OptionsFailure = fromTheStart ? new NotSupportedException() : null;
        await using var session = await Track(client).CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken);
        client.Session.OptionsFailure = new ObjectDisposedException("session");

        await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0.0086m, _calls.Event.Cost.Amount);
    }

    [Fact]
    public async Task Session_of_a_feature_that_is_not_tracked_has_no_metrics()
    {
        var tool = new ResponseOutputItemRealtimeServerMessage(RealtimeServerMessageType.ResponseOutputItemDone) { Item = new RealtimeConversationItem([new FunctionCallContent("call_1", "find_order")]) };
        using var scope = UsageScope.Begin(feature: "hidden");
        var client = Track(new RealtimeLike(tool, RealtimeWireLike.Done(DoneB)), o => o.Markup = new() { FeatureModes = new Dictionary<string, TrackingMode> { ["hidden"] = TrackingMode.None } });

        await using (var session = await client.CreateSessionAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        }

        Assert.Empty(_calls.Events);
        Assert.Empty(_calls.Measurements.Of(Metrics.SessionToolCalls));
        Assert.Empty(_calls.Measurements.Of(Metrics.SessionDuration));
    }

    public void Dispose() => _calls.Dispose();

    private static void AssertA(in UsageEvent call)
    {
        var usage = call.Usage;
        Assert.Equal(
            [59L, 60L, 9L, 4L, 30L, 91L],
            new[] { UsageBucket.Input, UsageBucket.CacheRead, UsageBucket.InputAudio, UsageBucket.CacheAudioRead, UsageBucket.Output, UsageBucket.OutputAudio }.Select(bucket => usage[bucket]));
        Assert.Equal((253L, 0.0068536m), (usage.InputTokens + usage.OutputTokens, call.Cost.Amount));
    }

    private UsageTrackingRealtimeClient Track(IRealtimeClient client, Action<UsageTrackingOptions>? configure = null)
    {
        var options = new UsageTrackingOptions { Hub = _calls.Hub, TimeProvider = _calls.Time };
        configure?.Invoke(options);
        return new UsageTrackingRealtimeClient(client, options, _calls.Instruments);
    }

    private async Task ReadAsync(IRealtimeClient client, RealtimeSessionOptions? options = null)
    {
        await using var session = await Track(client).CreateSessionAsync(options, TestContext.Current.CancellationToken);
        await session.GetStreamingResponseAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>A client that shows nothing of what is inside it.</summary>
    private sealed class HidingRealtime(IRealtimeClient inner) : IRealtimeClient
    {
        public async Task<IRealtimeClientSession> CreateSessionAsync(RealtimeSessionOptions? options = null, CancellationToken cancellationToken = default) =>
            new HidingSession(await inner.CreateSessionAsync(options, cancellationToken));

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() => inner.Dispose();

        private sealed class HidingSession(IRealtimeClientSession inner) : IRealtimeClientSession
        {
            public RealtimeSessionOptions? Options => inner.Options;

            public Task SendAsync(RealtimeClientMessage message, CancellationToken cancellationToken = default) => inner.SendAsync(message, cancellationToken);

            public IAsyncEnumerable<RealtimeServerMessage> GetStreamingResponseAsync(CancellationToken cancellationToken = default) => inner.GetStreamingResponseAsync(cancellationToken);

            public object? GetService(Type serviceType, object? serviceKey = null) => null;

            public ValueTask DisposeAsync() => inner.DisposeAsync();
        }
    }
}
