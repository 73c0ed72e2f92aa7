namespace Crucible.Upstairs.Tests;

public class CompletionTurnTests
{
    [Fact]
    public void Followers_are_called_once_all_were_told_and_never_outside_of_a_turn()
    {
        var turn = new CompletionTurn();
        var follower = new Follower();

        Assert.False(turn.TryAdd(follower));
        Assert.True(turn.TryBegin());
        Assert.True(turn.TryAdd(follower));
        Assert.False(turn.TryBegin());
        Assert.Equal(0, follower.Calls);
        turn.End();

        Assert.Equal(1, follower.Calls);
        Assert.True(turn.TryBegin());
        turn.End();
        Assert.Equal(1, follower.Calls);
    }

    private sealed class Follower : IAfterCompletions
    {
        public int Calls { get; private set; }

        public void AfterCompletions() => Calls++;
    }
}
