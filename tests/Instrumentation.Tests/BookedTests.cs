using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Whether the process books its calls itself, for whoever receives its telemetry.</summary>
public sealed class BookedTests : IDisposable
{
    private readonly TrackedCalls _calls = new();

    public void Dispose() => _calls.Dispose();

    [Fact]
    public async Task Metrics_and_span_say_so_while_a_ledger_takes_the_calls()
    {
        using var client = _calls.Track(new ScriptedChatClient());
        Assert.Equal((0, null), await CallAsync(client));

        using (_calls.Hub.Subscribe(new LedgerSink()))
        {
            Assert.Equal((1, true), await CallAsync(client));
        }

        Assert.Equal((0, null), await CallAsync(client));
    }

    [Fact]
    public async Task Sink_that_books_nothing_is_no_ledger()
    {
        using var other = _calls.Hub.Subscribe(new TrackedCalls());
        using var client = _calls.Track(new ScriptedChatClient());

        Assert.Equal((0, null), await CallAsync(client));
    }

    private async Task<(int Points, object? Span)> CallAsync(IChatClient client)
    {
        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        return (_calls.Measurements.Of(Metrics.UsageBooked).Count, _calls.Spans[^1].GetTagItem(Attributes.UsageBooked));
    }
}
