using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Whom a tracker's calls are attributed to: what the call's own options say, then a scope opened inside the call around it, that call, the scope, the baggage, the callback and the process's
/// defaults, each as far as those before it do not say; then cleaned, and its user hashed.
/// </summary>
internal sealed class CallAttribution(UsageTrackingOptions options, Instruments instruments)
{
    private readonly Func<Attribution>? _callback = options.Attribution;
    private readonly BaggageReader? _baggage = BaggageReader.For(options.Baggage);
    private readonly UserHashes? _hashes = options.UserHashes;
    private readonly Attribution _defaults = new(Client: options.ClientId, Environment: options.Environment);

    /// <summary>What the baggage of the moment says; null: nothing, or nothing is taken from it.</summary>
    public StrongBox<Attribution>? CaptureBaggage()
    {
        try
        {
            return _baggage is not null && _baggage.Read() is var said && said != default ? new StrongBox<Attribution>(said) : null;
        }
        catch (Exception cause) // Baggage is kept by a store that the application can replace.
        {
            instruments.Failed("the attribution of a call by baggage", cause);
            return null;
        }
    }

    /// <param name="properties">The call's additional properties.</param>
    /// <param name="surrounding">The call around this one: its options' keys are gone by now.</param>
    /// <param name="ambient">What the scope says.</param>
    /// <param name="earlierBaggage">What the baggage said where the call was asked for; goes before that of the moment.</param>
    /// <param name="metered">A call that the application makes itself, in place of its properties.</param>
    public Attribution Of(AdditionalPropertiesDictionary? properties, CallFrame? surrounding, in Attribution ambient, StrongBox<Attribution>? earlierBaggage, MeteredCall? metered = null)
    {
        var said = metered is null ? Read(properties) : metered.Attribution;
        if (surrounding is not null)
        {
            // A scope that was opened inside that call, by a tool of it, is closer to this one.
            said = said.Over(ambient.Beyond(surrounding.Scope)).Over(surrounding.Attribution);
        }

        // Laying nothing over something, or under it, would cost each call what it costs those that have both.
        said = IsNothing(in ambient) ? said : IsNothing(in said) ? ambient : said.Over(in ambient);
        if (_baggage is not null)
        {
            said = earlierBaggage is null ? said : said.Over(in earlierBaggage.Value!);
            said = CaptureBaggage() is { } baggage ? said.Over(in baggage.Value) : said;
        }

        said = _callback is null ? said : Ask(_callback, in said);
        said = IsNothing(in _defaults) ? said : said.Over(in _defaults);
        var clean = instruments.Limits.Apply(in said, instruments);
        return _hashes is null ? clean : _hashes.Hide(in clean);
    }

    /// <summary>What the application says only when the call is over, over what is known since its start.</summary>
    /// <param name="said">What it says.</param>
    /// <param name="known">What is known: clean and hashed.</param>
    public Attribution Complete(in Attribution said, in Attribution known)
    {
        var clean = instruments.Limits.Apply(in said, instruments);
        return (_hashes is null ? clean : _hashes.Hide(in clean)).Over(in known);
    }

    /// <summary>The provider's id of a conversation, as it is kept.</summary>
    /// <param name="id">The id.</param>
    /// <param name="said">Whom the call is attributed to.</param>
    public string? Conversation(string? id, in Attribution said)
    {
        var clean = instruments.Limits.Clean(id, GenAi.ConversationId);
        return clean is not null && _hashes is not null && _hashes.IsUser(clean, in said) ? said.User : clean;
    }

    private Attribution Read(AdditionalPropertiesDictionary? properties)
    {
        try
        {
            return CallOptions.ReadAttribution(properties, instruments);
        }
        catch (Exception cause) // Options that change meanwhile.
        {
            instruments.Failed("the attribution of a call by its options", cause);
            return default;
        }
    }

    private static bool IsNothing(in Attribution said) =>
        (said.User ?? said.Tenant ?? said.Feature ?? said.Conversation ?? said.Session ?? said.Tier ?? said.Client ?? said.Environment ?? (object?)said.Tags) is null;

    private Attribution Ask(Func<Attribution> callback, in Attribution said)
    {
        try
        {
            var answer = callback();
            return IsNothing(in said) ? answer : said.Over(in answer);
        }
        catch (Exception cause) // The user's own code.
        {
            instruments.Failed("the attribution of a call by callback", cause);
            return said;
        }
    }
}
