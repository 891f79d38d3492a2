using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Attributes every call that is made while it is open, on whatever thread the work flows to. Scopes nest: what an inner one does not say it
/// inherits. What it says is cleaned and cut when a call is made (<see cref="LlmTelemetry.Usage.Attribution.Clean"/>). Keys in <c>ChatOptions.AdditionalProperties</c> (<c>llm.user</c> ...) win over it.
/// </summary>
/// <example><code>using (UsageScope.Begin(user: "ada", feature: "search")) { await client.GetResponseAsync("..."); }</code></example>
public sealed class UsageScope : IDisposable
{
    // The open scopes of each flow of work, in a list that is never changed: closing one in a flow leaves those of other flows as they are.
    private static readonly AsyncLocal<Link?> Ambient = new();

    private UsageScope(in Attribution attribution) => Attribution = attribution;

    /// <summary>What the open scopes say; nothing where none is open.</summary>
    public static Attribution Current => Innermost?.Attribution ?? default;

    /// <summary>The innermost open scope; null: none is open.</summary>
    internal static UsageScope? Innermost => Ambient.Value?.Scope;

    /// <summary>What this scope says, with what it inherits.</summary>
    public Attribution Attribution { get; }

    /// <summary>Opens a scope; disposing it closes it. Null: inherited from the scope around.</summary>
    /// <param name="user">The end user's id.</param>
    /// <param name="tenant">The customer or organisation.</param>
    /// <param name="feature">The feature, package or route of the product.</param>
    /// <param name="conversation">The conversation's id.</param>
    /// <param name="session">The session's id.</param>
    /// <param name="tier">The user's or tenant's plan.</param>
    /// <param name="tags">Free tags; copied now, added to those inherited.</param>
    /// <param name="client">The application or service that makes the calls, where it is not the same for the whole process.</param>
    /// <param name="environment">Where that is deployed: <c>production</c>, <c>staging</c>.</param>
    public static UsageScope Begin(
        string? user = null,
        string? tenant = null,
        string? feature = null,
        string? conversation = null,
        string? session = null,
        string? tier = null,
        IEnumerable<KeyValuePair<string, string>>? tags = null,
        string? client = null,
        string? environment = null)
    {
        var around = Ambient.Value;
        var said = new Attribution(user, tenant, feature, conversation, session, tier, Copy(tags), client, environment);
        var scope = new UsageScope(said.Over(around?.Scope.Attribution ?? default));
        Ambient.Value = new Link(scope, around);
        return scope;
    }

    /// <summary>
    /// Closes the scope where the work is at. Scopes may be closed in any order, and twice: those inside it stay open and keep what they inherited,
    /// as does work that was started inside it and still runs.
    /// </summary>
    public void Dispose()
    {
        var head = Ambient.Value;
        var passed = 0;
        var at = head;
        for (; at is not null && at.Scope != this; at = at.Around)
        {
            passed++;
        }

        if (at is not null)
        {
            Ambient.Value = passed == 0 ? at.Around : Relinked(head!, passed, at.Around);
        }
    }

    // The first so many, with another rest. Without recursion: nobody says how many scopes were never closed.
    private static Link Relinked(Link head, int count, Link? rest)
    {
        var kept = new UsageScope[count];
        var at = head;
        for (var i = 0; i < count; i++, at = at.Around!)
        {
            kept[i] = at.Scope;
        }

        for (var i = count - 1; i >= 0; i--)
        {
            rest = new Link(kept[i], rest);
        }

        return rest!;
    }

    // Of a tag said twice the last one counts.
    private static Dictionary<string, string>? Copy(IEnumerable<KeyValuePair<string, string>>? tags)
    {
        if (tags is null)
        {
            return null;
        }

        var copy = new Dictionary<string, string>();
        foreach (var (key, value) in tags)
        {
            copy[key] = value;
        }

        return copy;
    }

    private sealed class Link(UsageScope scope, Link? around)
    {
        public UsageScope Scope => scope;

        public Link? Around => around;
    }
}
