using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class UsageReaderTests
{
    [Fact]
    public void Counts_that_nobody_knows_are_added_to_nothing()
    {
        var usage = Read(
            new UsageDetails
            {
                InputTokenCount = 100,
                OutputTokenCount = 50,
                TotalTokenCount = 150,
                AdditionalCounts = new() { ["OutputTokenDetails.AcceptedPredictionTokenCount"] = 10, ["input_cached_tokens"] = 90, ["WebFetchRequests"] = 3 },
            },
            out var issue);

        Assert.Equal((100L, 50L, UsageIssue.None), (usage[UsageBucket.Input], usage[UsageBucket.Output], issue));
    }

    [Fact]
    public void Audio_and_searches_have_buckets_of_their_own()
    {
        var usage = Read(
            new UsageDetails
            {
                InputTokenCount = 100,
                OutputTokenCount = 50,
                AdditionalCounts = new() { ["InputTokenDetails.AudioTokenCount"] = 30, ["OutputTokenDetails.AudioTokenCount"] = 20, ["WebSearchRequests"] = 2 },
            },
            out var issue);

        Assert.Equal((70L, 30L), (usage[UsageBucket.Input], usage[UsageBucket.InputAudio]));
        Assert.Equal((30L, 20L), (usage[UsageBucket.Output], usage[UsageBucket.OutputAudio]));
        Assert.Equal((2L, UsageIssue.None), (usage[UsageBucket.WebSearch], issue));
    }

    [Fact]
    public void Typed_property_wins_over_a_key_of_the_same_meaning()
    {
        var usage = Read(
            new UsageDetails { InputTokenCount = 100, CachedInputTokenCount = 40, AdditionalCounts = new() { ["CacheReadInputTokens"] = 60 } }, out _);

        Assert.Equal((60L, 40L), (usage[UsageBucket.Input], usage[UsageBucket.CacheRead]));
    }

    [Fact]
    public void Anthropics_input_contains_the_cache()
    {
        var usage = Read(
            new UsageDetails { InputTokenCount = 1_150, OutputTokenCount = 40, TotalTokenCount = 1_190, CachedInputTokenCount = 1_000, AdditionalCounts = new() { ["CacheCreationInputTokens"] = 50 } },
            out var issue);

        Assert.Equal((100L, 1_000L, 50L, UsageIssue.None), (usage[UsageBucket.Input], usage[UsageBucket.CacheRead], usage[UsageBucket.CacheWrite5m], issue));
    }

    [Fact]
    public void Bedrocks_input_leaves_the_cache_out_as_its_total_tells()
    {
        var usage = Read(
            new UsageDetails
            {
                InputTokenCount = 100,
                OutputTokenCount = 40,
                TotalTokenCount = 1_190,
                AdditionalCounts = new() { ["CacheReadInputTokens"] = 1_000, ["CacheWriteInputTokens"] = 50 },
            },
            out var issue);

        Assert.Equal((100L, 1_000L, 50L, UsageIssue.None), (usage[UsageBucket.Input], usage[UsageBucket.CacheRead], usage[UsageBucket.CacheWrite5m], issue));
        Assert.Equal(1_150, usage.InputTokens);
    }

    [Fact]
    public void Anthropic_sdks_input_leaves_the_cache_out_and_no_total_tells()
    {
        var usage = Read(
            new UsageDetails { InputTokenCount = 5_000, OutputTokenCount = 40, AdditionalCounts = new() { ["CacheCreationInputTokens"] = 50, ["CacheReadInputTokens"] = 1_000 } },
            out var issue);

        Assert.Equal((5_000L, 1_000L, 50L, UsageIssue.None), (usage[UsageBucket.Input], usage[UsageBucket.CacheRead], usage[UsageBucket.CacheWrite5m], issue));
    }

    [Fact]
    public void Cached_and_reasoning_tokens_of_older_openai_clients_are_parts_of_the_whole()
    {
        var usage = Read(
            new UsageDetails
            {
                InputTokenCount = 100,
                OutputTokenCount = 50,
                TotalTokenCount = 150,
                AdditionalCounts = new() { ["InputTokenDetails.CachedTokenCount"] = 80, ["OutputTokenDetails.ReasoningTokenCount"] = 30 },
            },
            out var issue);

        Assert.Equal((20L, 80L), (usage[UsageBucket.Input], usage[UsageBucket.CacheRead]));
        Assert.Equal((20L, 30L, UsageIssue.None), (usage[UsageBucket.Output], usage[UsageBucket.Reasoning], issue));
    }

    [Fact]
    public void Googles_output_leaves_thoughts_out_and_its_input_tool_results()
    {
        var usage = Read(
            new UsageDetails
            {
                InputTokenCount = 100,
                OutputTokenCount = 40,
                TotalTokenCount = 190,
                AdditionalCounts = new() { ["ThoughtsTokenCount"] = 30, ["ToolUsePromptTokenCount"] = 20, ["CachedContentTokenCount"] = 60 },
            },
            out var issue);

        Assert.Equal((60L, 60L), (usage[UsageBucket.Input], usage[UsageBucket.CacheRead])); // 100 + 20 of tools, 60 of them cached.
        Assert.Equal((40L, 30L, UsageIssue.None), (usage[UsageBucket.Output], usage[UsageBucket.Reasoning], issue));
    }

    [Fact]
    public void Total_that_parts_do_not_explain_is_an_issue_and_nothing_is_made_up()
    {
        var usage = Read(new UsageDetails { InputTokenCount = 100, OutputTokenCount = 40, TotalTokenCount = 999, CachedInputTokenCount = 10 }, out var issue);

        Assert.Equal((140L, UsageIssue.TotalMismatch), (usage.InputTokens + usage.OutputTokens, issue));
    }

    [Fact]
    public void Negative_count_is_left_out_and_flagged()
    {
        var usage = Read(new UsageDetails { InputTokenCount = -5, OutputTokenCount = 40 }, out var issue);

        Assert.False(usage.IsReported(UsageBucket.Input));
        Assert.Equal((40L, UsageIssue.Negative), (usage[UsageBucket.Output], issue));
    }

    [Fact]
    public void Counts_beyond_an_int_stay_whole()
    {
        var usage = Read(new UsageDetails { InputTokenCount = 3_000_000_000, OutputTokenCount = 5_000_000_000, TotalTokenCount = 8_000_000_000 }, out var issue);

        Assert.Equal((3_000_000_000L, 5_000_000_000L, UsageIssue.None), (usage[UsageBucket.Input], usage[UsageBucket.Output], issue));
    }

    [Fact]
    public void Null_is_not_zero_and_zero_is_not_null()
    {
        foreach (var input in (long?[])[null, 0, 7])
        {
            foreach (var output in (long?[])[null, 0, 7])
            {
                var usage = Read(new UsageDetails { InputTokenCount = input, OutputTokenCount = output }, out var issue);

                Assert.Equal((input is not null, output is not null), (usage.IsReported(UsageBucket.Input), usage.IsReported(UsageBucket.Output)));
                Assert.Equal((input ?? 0, output ?? 0, UsageIssue.None), (usage[UsageBucket.Input], usage[UsageBucket.Output], issue));
            }
        }
    }

    [Fact]
    public void Sum_that_leaves_int64_is_flagged_and_not_wrapped()
    {
        var sum = UsageReader.Read(new UsageDetails { OutputTokenCount = long.MaxValue });
        sum.Add(UsageReader.Read(new UsageDetails { OutputTokenCount = 1 }));

        var issue = UsageReader.ToUsage(in sum, out var usage);

        Assert.Equal((long.MaxValue, UsageIssue.TotalMismatch), (usage[UsageBucket.Output], issue));
    }

    private static CallUsage Read(UsageDetails details, out UsageIssue issue)
    {
        var tally = UsageReader.Read(details);
        issue = UsageReader.ToUsage(in tally, out var usage);
        return usage;
    }
}
