using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Attributes every call that is made while it is open, on whatever thread the work flows to. Scopes nest: what an inner one does not say it
/// inherits. What it says is cleaned and cut when a call is made (<see cref="LlmTelemetry.Usage.Attribution.Clean"/>). Keys in <c>ChatOptions.AdditionalProperties</c> (<c>llm.user</c> ...) win over it.
/// </summary>
/// <example><code>using (UsageScope.Begin(user: "ada", feature: "search")) { await client.GetResponseAsync("..."); }</code></example>
public sealed class UsageScope : IDisposable
{
    private static readonly AsyncLocal<UsageScope?> Ambient = new();

    private readonly UsageScope? _parent;
    private volatile bool _ended;

    private UsageScope(UsageScope? parent, in Attribution attribution)
    {
        _parent = parent;
        Attribution = attribution;
    }

    /// <summary>What the open scopes say; nothing where none is open.</summary>
    public static Attribution Current => Ambient.Value?.Attribution ?? default;

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
        var parent = Ambient.Value;
        var said = new Attribution(user, tenant, feature, conversation, session, tier, Copy(tags), client, environment);
        var scope = new UsageScope(parent, said.Over(parent?.Attribution ?? default));
        Ambient.Value = scope;
        return scope;
    }

    /// <summary>
    /// Closes the scope. Scopes may be closed in any order: those inside it stay open and keep what they inherited, as does work that was
    /// started inside it and still runs.
    /// </summary>
    public void Dispose()
    {
        _ended = true;
        var head = Ambient.Value;
        if (head is { _ended: true })
        {
            Ambient.Value = Innermost(head);
        }
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

    // Scopes around it may have been closed before it: those are passed over.
    private static UsageScope? Innermost(UsageScope? scope)
    {
        while (scope is { _ended: true })
        {
            scope = scope._parent;
        }

        return scope;
    }
}
