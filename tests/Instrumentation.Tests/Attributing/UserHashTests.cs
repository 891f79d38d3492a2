using System.Security.Cryptography;
using System.Text;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>With a key for them users' ids are nowhere.</summary>
public sealed class UserHashTests : IDisposable
{
    private const string User = "ada@example.com";

    // HMAC-SHA256 of "ada@example.com" with this key, as `openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef` prints it.
    private const string Hash = "e3e30b4d50224a4ba14084607085d072402144212a122eb4501daddd6bbe0ee3";

    private static readonly byte[] Key = "0123456789abcdef0123456789abcdef"u8.ToArray();

    private readonly TrackedCalls _calls = new();

    [Fact]
    public async Task Users_id_is_in_no_event_span_metric_or_callback()
    {
        var told = new List<string>();
        using var client = _calls.Track(new ScriptedChatClient(), o =>
        {
            o.UserHashKey = Key;
            o.OnCompleted = (in UsageEvent call) => told.Add(call.Attribution.ToString());
            o.Baggage = ["owner", Attributes.UserId];
        });
        Baggage.SetBaggage("owner", User);
        Baggage.SetBaggage(Attributes.UserId, User);

        using (UsageScope.Begin(tenant: User, feature: "search", session: User, conversation: User, tier: User, client: User, environment: User, tags: [new("who", User), new(Attributes.UserId, "bob")]))
        {
            await CallAsync(client);
        }

        var said = _calls.Event.Attribution;
        Assert.Equal((Hash, true, Hash, "search", Hash, Hash), (said.User, said.IsUserHashed, said.Tenant, said.Feature, said.Session, said.Conversation));
        Assert.Equal((Hash, Hash, Hash), (said.Tier, said.Client, said.Environment)); // A program of one user's own, say.
        Assert.Equal((Hash, Hash), (said.Tags!["who"], said.Tags["owner"]));
        Assert.Equal(HashOf("bob"), said.Tags[Attributes.UserId]);
        Assert.Equal(Hash, _calls.Span.GetTagItem(Attributes.UserHash));
        Assert.Null(_calls.Span.GetTagItem(Attributes.UserId));
        var calls = Assert.Single(_calls.Measurements.Of(Metrics.UsageCalls));
        Assert.Equal(Hash, calls.Tags[Attributes.UserHash]);
        Assert.DoesNotContain(Attributes.UserId, calls.Tags.Keys);
        Assert.DoesNotContain(_calls.Span.TagObjects, tag => Equals(tag.Value, User));
        Assert.Contains(Hash, Assert.Single(told), StringComparison.Ordinal);
        Assert.DoesNotContain(User, told[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("options")]
    [InlineData("scope")]
    [InlineData("callback")]
    public async Task Every_source_gives_the_same_hash(string source)
    {
        using var client = _calls.Track(new ScriptedChatClient(), o =>
        {
            o.UserHashKey = Key;
            o.Attribution = () => new Attribution(source == "callback" ? User : null);
        });
        using var scope = UsageScope.Begin(source == "scope" ? User : null);

        await CallAsync(client, source == "options" ? new() { [Options.User] = User } : null);

        Assert.Equal(Hash, _calls.Event.Attribution.User);
    }

    [Fact]
    public async Task Hash_is_of_the_id_as_it_would_be_kept()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.UserHashKey = Key);

        await CallAsync(client, new() { [Options.User] = "ada@\nexample.com" });
        await CallAsync(client, new() { [Options.User] = new string('x', 1_000) });

        Assert.Equal([Hash, HashOf(new string('x', 256))], _calls.Events.Select(e => e.Attribution.User));
    }

    [Fact]
    public async Task Hash_that_the_application_made_itself_stays_as_it_is()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o =>
        {
            o.UserHashKey = Key;
            o.Attribution = () => new Attribution("made-elsewhere", IsUserHashed: true);
        });

        await CallAsync(client);

        Assert.Equal(("made-elsewhere", true), (_calls.Event.Attribution.User, _calls.Event.Attribution.IsUserHashed));
    }

    [Fact]
    public async Task Call_without_a_user_has_no_hash()
    {
        using var client = _calls.Track(new ScriptedChatClient(), o => o.UserHashKey = Key);

        await CallAsync(client);

        Assert.Equal(default, _calls.Event.Attribution);
    }

    [Fact]
    public async Task Call_inside_a_tracked_call_is_not_hashed_again()
    {
        using var inner = _calls.Track(new ScriptedChatClient(), o => o.UserHashKey = Key);
        using var outer = _calls.Track(new ScriptedChatClient { OnResponse = async (_, token) => await inner.GetResponseAsync("Hi", cancellationToken: token) }, o => o.UserHashKey = Key);

        await CallAsync(outer, new() { [Options.User] = User });

        Assert.Equal([Hash], _calls.Events.Select(e => e.Attribution.User).Distinct());
        Assert.All(_calls.Events, e => Assert.True(e.Attribution.IsUserHashed));
    }

    [Fact]
    public void More_users_than_are_kept_have_their_hashes_all_the_same()
    {
        var hashes = new UserHashes(Key);

        Assert.All(Enumerable.Range(0, 25_000), i => Assert.Equal(64, hashes.Of("user-" + i).Length));
        Assert.Equal(HashOf("user-7"), hashes.Of("user-7"));
        Assert.Same(hashes.Of("user-7"), hashes.Of("user-7"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void Short_key_is_refused_and_changes_nothing(int length)
    {
        var options = new UsageTrackingOptions { UserHashKey = Key };

        Assert.Contains($"{length} bytes", Assert.Throws<ArgumentException>(() => options.UserHashKey = new byte[length]).Message, StringComparison.Ordinal);
        Assert.Equal(Key, options.UserHashKey!.Value.ToArray());
    }

    [Fact]
    public async Task Key_is_copied_when_it_is_set()
    {
        var key = Key.ToArray();
        using var client = _calls.Track(new ScriptedChatClient(), o => o.UserHashKey = key);
        Array.Clear(key);

        await CallAsync(client, new() { [Options.User] = User });

        Assert.Equal(Hash, _calls.Event.Attribution.User);
    }

    public void Dispose() => _calls.Dispose();

    private static string HashOf(string user) => Convert.ToHexStringLower(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(user)));

    private static Task<ChatResponse> CallAsync(IChatClient client, AdditionalPropertiesDictionary? properties = null) =>
        client.GetResponseAsync("Hi", properties is null ? null : new ChatOptions { AdditionalProperties = properties }, TestContext.Current.CancellationToken);
}
