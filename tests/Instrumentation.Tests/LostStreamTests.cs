using System.Diagnostics;
using System.Runtime.CompilerServices;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Streams whose enumerator is dropped and never disposed.</summary>
public sealed class LostStreamTests
{
    [Fact]
    public async Task Stream_that_nobody_disposes_is_abandoned_when_it_is_collected()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient
        {
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 1_000 }), ScriptedChatClient.Text("a")),
        });

        Drop(client, chunks: 1);
        Assert.Empty(calls.Events);
        await CollectUntilAsync(() => calls.Events.Length == 1 && calls.Spans.Length == 1);

        Assert.Equal((CallOutcome.Abandoned, CostQuality.Partial, 1_000L), (calls.Event.Outcome, calls.Event.Quality, calls.Event.Usage.InputTokens));
        Assert.Equal(("abandoned", ActivityStatusCode.Unset), (calls.Span.GetTagItem(Attributes.Outcome), calls.Span.Status));
    }

    [Fact]
    public async Task Stream_that_was_disposed_is_not_recorded_again_when_it_is_collected()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        Drop(client, chunks: 1); // Recorded after the first one would be.
        await CollectUntilAsync(() => calls.Events.Length > 1);

        Assert.Equal([CallOutcome.Completed, CallOutcome.Abandoned], calls.Events.Select(e => e.Outcome));
    }

    [Fact]
    public async Task Stream_that_nobody_began_is_nothing_also_when_it_is_collected()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        Drop(client, chunks: 0);
        Drop(client, chunks: 1);
        await CollectUntilAsync(() => calls.Events.Length > 0);

        Assert.Single(calls.Events);
    }

    [Fact]
    public async Task Callback_that_throws_for_a_lost_stream_harms_nobody()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient(), o => o.OnCompleted = (in _) => throw new InvalidOperationException());

        Drop(client, chunks: 1);
        await CollectUntilAsync(() => calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value) == 1);

        Assert.Equal(CallOutcome.Abandoned, calls.Event.Outcome);
    }

    // Apart from the test, whose locals would keep the enumerator.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drop(IChatClient client, int chunks)
    {
        var thread = new Thread(() =>
        {
            var updates = client.GetStreamingResponseAsync("Hi").GetAsyncEnumerator();
            for (var i = 0; i < chunks; i++)
            {
                Assert.True(updates.MoveNextAsync().AsTask().GetAwaiter().GetResult());
            }
        });
        thread.Start();
        thread.Join();
    }

    private static Task CollectUntilAsync(Func<bool> condition) => Eventually.HoldsAsync(
        () =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return Task.FromResult(condition());
        },
        "the lost stream is recorded");
}
