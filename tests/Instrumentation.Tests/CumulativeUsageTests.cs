using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Streams that report usage more than once: reports add up, unless each holds those before it.</summary>
public sealed class CumulativeUsageTests
{
    [Fact]
    public async Task Reports_that_repeat_the_input_and_grow_count_once_and_are_flagged()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report("r1", 100, 1), Report("r1", 100, 9), Report("r1", 100, 9), Report("r1", 100, 20)]);

        Assert.Equal((100, 20, true), Counted(calls));
        // gpt-4o-mini: 100 x 0.15 + 20 x 0.60 = 27 USD per million.
        Assert.Equal(0.000027m, calls.Event.Cost.Amount);
        Assert.Equal(1, Assert.Single(calls.Measurements.Of(Metrics.UsageInconsistent)).Value);
    }

    [Fact]
    public async Task Same_report_twice_counts_once_also_without_an_id()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report(null, 100, 20), Report(null, 100, 20)]);

        Assert.Equal((100, 20, true), Counted(calls));
    }

    [Fact]
    public async Task Id_that_comes_after_the_first_report_is_still_the_same_answers()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report(null, 100, 1), Report("r1", 100, 20)]);

        Assert.Equal((100, 20, true), Counted(calls));
    }

    [Fact]
    public async Task Reports_of_several_answers_add_up_whatever_their_size()
    {
        using var calls = new TrackedCalls();

        // As function invocation inside passes them on: two calls of equal size.
        await ReadAsync(calls, [Report("r1", 100, 20), Report("r2", 100, 20), Report("r3", 100, 25)]);

        Assert.Equal((300, 65, false), Counted(calls));
    }

    [Fact]
    public async Task Reports_around_a_tools_result_are_of_two_answers_also_without_ids()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report(null, 100, 20), new(ChatRole.Tool, [new FunctionResultContent("call-1", "sunny")]), Report(null, 100, 20)]);

        Assert.Equal((200, 40, false), Counted(calls));
    }

    [Fact]
    public async Task Repeated_reports_of_several_answers_count_once_each()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report("r1", 100, 1), Report("r1", 100, 20), Report("r2", 150, 1), Report("r2", 150, 30)]);

        Assert.Equal((250, 50, true), Counted(calls));
    }

    [Fact]
    public async Task Reports_that_say_the_input_once_are_added()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report("r1", 100, 1), Report("r1", 0, 5), Report("r1", 0, 6)]);

        Assert.Equal((100, 12, false), Counted(calls));
    }

    [Fact]
    public async Task Report_that_is_smaller_than_the_one_before_is_added()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report("r1", 100, 20), Report("r1", 100, 19)]);

        Assert.Equal((200, 39, false), Counted(calls));
    }

    [Fact]
    public async Task Reports_of_which_only_some_repeat_are_added_and_flagged()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report("r1", 100, 20), Report("r1", 100, 25), Report("r1", 0, 5)]);

        Assert.Equal((200, 50, true), Counted(calls));
    }

    [Fact]
    public async Task Reports_of_nothing_stay_nothing()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report("r1", 0, 0), Report("r1", 0, 0)]);

        Assert.Equal((0, 0, false), Counted(calls));
        Assert.Equal(0m, calls.Event.Cost.Amount);
    }

    [Fact]
    public async Task Provider_that_is_said_to_be_cumulative_is_believed_without_a_flag()
    {
        using var calls = new TrackedCalls();

        // Anthropic's wire, passed on as it is: the second report has the whole output, and the input is not said again.
        await ReadAsync(calls, [Report("r1", 100, 1), Report("r1", null, 20)], o => o.CumulativeUsage = true);

        Assert.Equal((100, 20, false), Counted(calls));
    }

    [Theory]
    [InlineData("openai")]
    [InlineData("gcp.gemini")]
    public async Task Provider_that_is_said_to_report_what_is_new_is_added_up(string provider)
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, [Report("r1", 100, 1), Report("r1", 100, 20)], o => o.CumulativeUsage = false, provider);

        Assert.Equal((200, 21, false), Counted(calls));
    }

    private static ChatResponseUpdate Report(string? id, long? input, long? output) =>
        new(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output })]) { ResponseId = id };

    private static (long Input, long Output, bool Inconsistent) Counted(TrackedCalls calls) =>
        (calls.Event.Usage.InputTokens, calls.Event.Usage.OutputTokens, calls.Event.UsageInconsistent);

    private static async Task ReadAsync(TrackedCalls calls, ChatResponseUpdate[] updates, Action<UsageTrackingOptions>? configure = null, string provider = "openai")
    {
        using var client = calls.Track(
            new ScriptedChatClient { Metadata = new ChatClientMetadata(provider, null, "gpt-4o-mini"), OnStream = (_, _) => ScriptedChatClient.Stream(updates) }, configure);
        await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }
}
