using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Baggage comes from the network: taken only where it is allowed, and below what the application says itself.</summary>
public sealed class BaggageTests : IDisposable
{
    private readonly TrackedCalls _calls = new();

    [Fact]
    public async Task Nothing_is_taken_unless_it_is_allowed()
    {
        using var client = _calls.Track(new ScriptedChatClient());
        Baggage.SetBaggage(Attributes.UserId, "mallory");
        Baggage.SetBaggage("region", "eu");

        await CallAsync(client);

        Assert.Equal(default, _calls.Event.Attribution);
    }

    [Fact]
    public async Task Well_known_keys_are_what_they_say_and_others_become_tags()
    {
        using var client = _calls.Track(
            new ScriptedChatClient(),
            o => o.Baggage = [Attributes.UserId, Attributes.SessionId, GenAi.ConversationId, Attributes.Tenant, Attributes.Feature, Attributes.Tier, "region", "absent"]);
        foreach (var key in (string[])[Attributes.UserId, Attributes.SessionId, GenAi.ConversationId, Attributes.Tenant, Attributes.Feature, Attributes.Tier, "region", "secret"])
        {
            Baggage.SetBaggage(key, "b-" + key);
        }

        await CallAsync(client);

        var said = _calls.Event.Attribution;
        Assert.Equal(
            ("b-user.id", "b-session.id", "b-gen_ai.conversation.id", "b-llm.tenant", "b-llm.feature", "b-llm.tier"),
            (said.User, said.Session, said.Conversation, said.Tenant, said.Feature, said.Tier));
        Assert.Equal(new Dictionary<string, string> { ["region"] = "b-region" }, said.Tags);
    }

    [Fact]
    public async Task Key_that_is_a_tags_attribute_is_that_tag()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.Baggage = [Options.TagPrefix + "team"]);
        Baggage.SetBaggage(Options.TagPrefix + "team", "red");

        await CallAsync(client);

        Assert.Equal(new Dictionary<string, string> { ["team"] = "red" }, _calls.Event.Attribution.Tags);
        Assert.Equal("red", _calls.Span.GetTagItem("llm.tag.team"));
    }

    [Fact]
    public async Task Baggage_of_the_current_activity_is_read_where_open_telemetry_has_none()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.Baggage = [Attributes.UserId, Attributes.Tenant]);
        using var activity = new Activity("request").AddBaggage(Attributes.UserId, "of-activity").AddBaggage(Attributes.Tenant, "of-activity").Start();
        Baggage.SetBaggage(Attributes.Tenant, "of-baggage");

        await CallAsync(client);

        Assert.Equal(("of-activity", "of-baggage"), (_calls.Event.Attribution.User, _calls.Event.Attribution.Tenant));
    }

    [Fact]
    public async Task Call_and_scope_go_before_baggage_and_baggage_before_callback_and_defaults()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o =>
        {
            o.Baggage = [Attributes.UserId, Attributes.Tenant, Attributes.Feature, Attributes.Client, "tag"];
            o.Attribution = () => new Attribution(Feature: "callback", Tier: "callback", Client: "callback", Environment: "callback");
            (o.ClientId, o.Environment) = ("default", "default");
        });
        foreach (var key in (string[])[Attributes.UserId, Attributes.Tenant, Attributes.Feature, "tag"])
        {
            Baggage.SetBaggage(key, "baggage");
        }

        using (UsageScope.Begin(tenant: "scope", tags: [new("tag", "scope")]))
        {
            await CallAsync(client, new() { [Options.User] = "key" });
        }

        var said = _calls.Event.Attribution;
        Assert.Equal(
            ("key", "scope", "baggage", "callback", "callback", "callback", "scope"),
            (said.User, said.Tenant, said.Feature, said.Tier, said.Client, said.Environment, said.Tags!["tag"]));
    }

    [Fact]
    public async Task Baggage_is_cleaned_and_cut()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.Baggage = [Attributes.UserId, Attributes.Tenant, "tag"]);
        Baggage.SetBaggage(Attributes.UserId, "a\r\nb");
        Baggage.SetBaggage(Attributes.Tenant, new string('x', 100_000));
        Baggage.SetBaggage("tag", "\0");

        await CallAsync(client);

        Assert.Equal(new Attribution("ab", new string('x', 256)), _calls.Event.Attribution);
        Assert.Equal(3, _calls.Measurements.Of(Metrics.AttributionCut).Sum(m => m.Value));
    }

    [Fact]
    public async Task Stream_read_elsewhere_has_the_baggage_of_where_it_was_asked_for()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.Baggage = [Attributes.UserId, Attributes.Tenant]);
        var before = Baggage.Current;
        Baggage.SetBaggage(Attributes.UserId, "asked");
        var stream = client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        Baggage.Current = before;
        Baggage.SetBaggage(Attributes.UserId, "read");
        Baggage.SetBaggage(Attributes.Tenant, "read");

        await stream.ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(new Attribution("asked", "read"), _calls.Event.Attribution);
    }

    [Fact]
    public async Task Scope_in_which_a_stream_is_read_goes_before_baggage_where_it_was_asked_for()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.Baggage = [Attributes.UserId]);
        Baggage.SetBaggage(Attributes.UserId, "baggage");
        var stream = client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        using (UsageScope.Begin("scope"))
        {
            await stream.ToListAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal("scope", _calls.Event.Attribution.User);
    }

    [Fact]
    public void Keys_that_cannot_be_keys_are_refused_and_later_changes_of_the_list_have_no_effect()
    {
        var options = new UsageTrackingOptions();
        var keys = new List<string> { "a" };

        Assert.Contains("1 to 64", Assert.Throws<ArgumentException>(() => options.Baggage = [" "]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => options.Baggage = [new string('k', 65)]);
        Assert.Throws<ArgumentException>(() => options.Baggage = ["a\n"]);
        Assert.Throws<ArgumentException>(() => options.Baggage = [null!]);
        Assert.Throws<ArgumentNullException>(() => options.Baggage = null!);
        Assert.Empty(options.Baggage);
        options.Baggage = keys;
        keys.Add("b");
        Assert.Equal(["a"], options.Baggage);
    }

    public void Dispose() => _calls.Dispose();

    private static Task<ChatResponse> CallAsync(IChatClient client, AdditionalPropertiesDictionary? properties = null) =>
        client.GetResponseAsync("Hi", properties is null ? null : new ChatOptions { AdditionalProperties = properties }, TestContext.Current.CancellationToken);
}
