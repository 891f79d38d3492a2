using System.Text;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>What is too long or has control characters: cut, counted, and the call goes on.</summary>
public sealed class AttributionLimitTests : IDisposable
{
    private readonly TrackedCalls _calls = new();

    [Fact]
    public async Task Values_are_cut_cleaned_and_counted_by_attribute()
    {
        using var client = _calls.Track(new ScriptedChatClient());
        var tooLong = new string('x', 255) + "😀";

        using (UsageScope.Begin("a\nd\0a", tooLong, "a\ud800b", tooLong, "s\u0085", "\u007fpro", [new("k", "v\t")], "app\r", tooLong))
        {
            await CallAsync(client);
        }

        var (said, cut) = (_calls.Event.Attribution, new string('x', 255));
        Assert.Equal(("ada", cut, "a\ufffdb", cut, "s", "pro", "v", "app", cut), (said.User, said.Tenant, said.Feature, said.Conversation, said.Session, said.Tier, said.Tags!["k"], said.Client, said.Environment));
        Assert.Equal(
            [Attributes.DeploymentEnvironment, GenAi.ConversationId, Attributes.Client, Attributes.Feature, Attributes.Tag, Attributes.Tenant, Attributes.Tier, Attributes.SessionId, Attributes.UserId],
            CutByAttribute().Keys.Order(StringComparer.Ordinal));
        Assert.All(CutByAttribute().Values, count => Assert.Equal(1, count));
    }

    [Theory]
    [InlineData("ada")]
    [InlineData("Zoë 😀 李")]
    [InlineData(" ~")]
    public async Task Clean_value_stays_the_same_object_and_is_not_counted(string user)
    {
        using var client = _calls.Track(new ScriptedChatClient());
        user = new string(user);

        using (UsageScope.Begin(user, tenant: new string('é', Attribution.MaxLength)))
        {
            await CallAsync(client);
        }

        Assert.Same(user, _calls.Event.Attribution.User);
        Assert.Equal(Attribution.MaxLength, _calls.Event.Attribution.Tenant!.Length);
        Assert.Empty(_calls.Measurements.Of(Metrics.AttributionCut));
    }

    [Fact]
    public async Task Value_of_nothing_but_control_characters_says_nothing_and_hides_nothing()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.Attribution = () => new Attribution(Tenant: "\0", Feature: ""));

        using (UsageScope.Begin("ada"))
        {
            await CallAsync(client, new() { [Options.User] = "\r\n" });
        }

        Assert.Equal(new Attribution("ada"), _calls.Event.Attribution);
    }

    [Fact]
    public async Task Tags_past_the_sixteenth_are_dropped_and_those_closest_to_the_call_stay()
    {
        using var client = _calls.Track(new ScriptedChatClient());
        var properties = new AdditionalPropertiesDictionary();
        for (var i = 0; i < 10; i++)
        {
            properties[Options.TagPrefix + "call" + i] = "1";
        }

        using (UsageScope.Begin(tags: Enumerable.Range(0, 10).Select(i => KeyValuePair.Create("scope" + i, "1"))))
        {
            await CallAsync(client, properties);
        }

        var tags = _calls.Event.Attribution.Tags!;
        Assert.Equal((16, 10), (tags.Count, tags.Keys.Count(name => name.StartsWith("call", StringComparison.Ordinal))));
        Assert.Equal(new() { [Attributes.Tag] = 4 }, CutByAttribute());
    }

    [Fact]
    public async Task Tag_names_are_cut_to_64_and_one_that_is_taken_then_is_dropped()
    {
        using var client = _calls.Track(new ScriptedChatClient());
        var name = new string('k', 64);

        using (UsageScope.Begin(tags: [new(name + "1", "first"), new(name + "2", "second"), new("", "no name"), new("\n", "no name"), new("empty", ""), new("c\0d", "ok")]))
        {
            await CallAsync(client);
        }

        Assert.Equal(new Dictionary<string, string> { [name] = "first", ["cd"] = "ok" }, _calls.Event.Attribution.Tags);
        Assert.Equal(new() { [Attributes.Tag] = 5 }, CutByAttribute());
    }

    [Fact]
    public async Task Null_in_tags_says_nothing_and_the_rest_stays()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.Attribution = () => new Attribution(User: "ada", Tags: new Dictionary<string, string> { ["a"] = null!, ["b"] = "1" }));

        await CallAsync(client);

        Assert.Equal(new Dictionary<string, string> { ["b"] = "1" }, _calls.Event.Attribution.Tags);
        Assert.Equal("ada", _calls.Event.Attribution.User);
    }

    [Fact]
    public async Task Option_that_cannot_be_written_out_loses_the_options_only()
    {
        using var client = _calls.Track(new ScriptedChatClient());

        using (UsageScope.Begin("ada"))
        {
            await CallAsync(client, new() { [Options.Tenant] = new Unwritable() });
        }

        Assert.Equal(new Attribution("ada"), _calls.Event.Attribution);
        Assert.Equal(1, _calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value));
    }

    [Fact]
    public async Task Conversation_of_the_provider_is_cleaned_too()
    {
        using var client = _calls.Track(new ScriptedChatClient
        {
            OnResponse = (_, _) =>
            {
                var answer = ScriptedChatClient.Answer();
                answer.ConversationId = "conv\n" + new string('7', 300);
                return Task.FromResult(answer);
            },
        });

        await CallAsync(client);

        Assert.Equal("conv" + new string('7', 252), _calls.Event.Attribution.Conversation);
        Assert.Equal(new() { [GenAi.ConversationId] = 1 }, CutByAttribute());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_is_said_what_is_kept_is_within_the_limits(int seed)
    {
        var random = new Random(seed);
        using var client = _calls.Track(new ScriptedChatClient());
        for (var i = 0; i < 200; i++)
        {
            using (UsageScope.Begin(Text(), Text(), Text(), Text(), Text(), Text(), Enumerable.Range(0, random.Next(40)).Select(_ => KeyValuePair.Create(Text(), Text())), Text(), Text()))
            {
                await CallAsync(client, new() { [Options.User] = Text(), [Options.TagPrefix + Text()] = Text() });
            }
        }

        Assert.Equal(200, _calls.Events.Length);
        foreach (var said in _calls.Events.Select(e => e.Attribution))
        {
            Assert.All([said.User, said.Tenant, said.Feature, said.Conversation, said.Session, said.Tier, said.Client, said.Environment], value => AssertKept(value, 256));
            Assert.InRange(said.Tags?.Count ?? 1, 1, 16);
            Assert.All(said.Tags ?? new Dictionary<string, string>(), tag =>
            {
                AssertKept(tag.Key, 64);
                AssertKept(tag.Value, 256);
            });
        }

        string Text()
        {
            var text = new char[random.Next(2) == 0 ? random.Next(6) : random.Next(400)];
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = (char)(random.Next(4) switch { 0 => random.Next(0x20), 1 => random.Next(0x7f, 0xa0), 2 => random.Next(0xd7f0, 0xe010), _ => random.Next(0x20, 0x7f) });
            }

            return new string(text);
        }
    }

    public void Dispose() => _calls.Dispose();

    private static void AssertKept(string? value, int maxLength)
    {
        if (value is null)
        {
            return;
        }

        Assert.InRange(value.Length, 1, maxLength);
        Assert.DoesNotContain(value, char.IsControl);
        Assert.Equal(value, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value))); // Half a pair would not come back.
    }

    private Dictionary<string, double> CutByAttribute() => _calls.Measurements.Of(Metrics.AttributionCut).ToDictionary(m => (string)m.Tags[Attributes.Attribute]!, m => m.Value);

    private static Task<ChatResponse> CallAsync(IChatClient client, AdditionalPropertiesDictionary? properties = null) =>
        client.GetResponseAsync("Hi", properties is null ? null : new ChatOptions { AdditionalProperties = properties }, TestContext.Current.CancellationToken);

    private sealed class Unwritable
    {
        public override string ToString() => throw new InvalidOperationException("No text.");
    }
}
